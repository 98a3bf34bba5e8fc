//! Names that operations and groups cannot have.

/// What an operation's request has anyway.
pub(super) const REQUEST_METHODS: [&str; 12] = [
    "call", "models", "send", "events", "stream", "header", "timeout", "self", "core", "fmt", "into", "from",
];

/// Types that a group's module has anyway, and those that everybody takes them for.
pub(super) const MODULES_OWN: [&str; 37] = [
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
