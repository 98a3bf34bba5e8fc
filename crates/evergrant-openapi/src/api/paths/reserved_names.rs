//! Reserved names of operations and groups.

/// The fixed methods and variables of a call.
pub(super) const REQUEST_METHODS: [&str; 12] = [
    "call", "models", "send", "events", "stream", "header", "timeout", "self", "core", "fmt", "into", "from",
];

/// The types that a group's module uses, and well-known types that would be confusing.
pub(super) const RESERVED_TYPES: [&str; 37] = [
    "Call",
    "Error",
    "Response",
    "Option",
    "String",
    "Vec",
    "Result",
    "Duration",
    "HeaderName",
    "HeaderValue",
    "Future",
    "EventStream",
    "ByteStream",
    "Multipart",
    "FilePart",
    "Body",
    "Expect",
    "Status",
    "Untyped",
    "Bytes",
    "Core",
    "Self",
    "Box",
    "Send",
    "Into",
    "Debug",
    "Clone",
    "Default",
    "Some",
    "None",
    "Ok",
    "Err",
    "Copy",
    "From",
    "PathStyle",
    "QueryStyle",
    "Method",
];
