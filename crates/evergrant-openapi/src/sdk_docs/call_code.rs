//! Writes example code that calls an operation, with placeholder arguments.

use crate::api::{Api, Body, BodyKind, Group, Operation, Payload};
use crate::names::Names;
use crate::schema::Type;

/// An example call. Arguments without a placeholder become parameters of the surrounding function.
pub(super) struct CallCode {
    /// `client.books().get_book("book-id")`.
    pub(super) call: String,
    /// The names and types of arguments without a placeholder.
    pub(super) parameters: Vec<(String, String)>,
    /// Whether the only response is a stream of events.
    pub(super) is_stream: bool,
}

impl CallCode {
    pub(super) fn of(api: &Api, group: &Group, operation: &Operation) -> Self {
        let types = Types {
            crate_name: api.package.crate_name(),
            module: group.module.clone(),
        };
        let mut names = Names::with_reserved([
            "client", "response", "error", "event", "events", "details", "tokens", "token",
        ]);
        let mut parameters = Vec::new();
        let mut arguments = Vec::new();
        for parameter in operation.parameters.iter().filter(|parameter| parameter.required) {
            let ty = parameter.ty.non_null();
            arguments.push(placeholder(&parameter.ident, ty).unwrap_or_else(|| {
                let name = names.take(parameter.ident.clone());
                parameters.push((name.clone(), types.type_path(ty)));
                name
            }));
        }
        if let Some(body) = operation.body.as_ref().filter(|body| body.required) {
            let name = names.take(body.ident.clone());
            parameters.push((name.clone(), types.body(body)));
            arguments.push(name);
        }
        Self {
            call: format!(
                "client.{}().{}({})",
                group.method,
                operation.method_name,
                arguments.join(", ")
            ),
            parameters,
            is_stream: matches!(operation.success.payload(), Some(Payload::Events(_))),
        }
    }

    /// The parameters of a function that creates its own client.
    pub(super) fn parameters(&self) -> String {
        let parameters = self.parameters.iter().map(|(name, ty)| format!("{name}: {ty}"));
        parameters.collect::<Vec<_>>().join(", ")
    }

    /// The parameters of a function that receives a client.
    pub(super) fn signature(&self) -> String {
        format!("client: &Client, {}", self.parameters())
    }

    /// Statements that make the call on `client`, print the response, and return errors with `?`.
    pub(super) fn statements(&self) -> String {
        let call = &self.call;
        match self.is_stream {
            true => format!(
                "let mut events = {call}.send().await?; while let Some(event) = events.next().await {{ let event = event?; println!(\"{{:?}}\", event.data); }}"
            ),
            false => format!("let response = {call}.send().await?; println!(\"{{response:?}}\");"),
        }
    }

    /// The arm of a `match` on the result that prints a success.
    pub(super) fn print_success(&self) -> &'static str {
        match self.is_stream {
            true => "Ok(_events) => println!(\"the stream has started\")",
            false => "Ok(response) => println!(\"{response:?}\")",
        }
    }
}

/// A placeholder for an argument, for types that have an obvious one.
fn placeholder(name: &str, ty: &Type) -> Option<String> {
    Some(match ty {
        Type::Bool => "true".to_owned(),
        Type::I32 | Type::I64 | Type::U32 | Type::U64 => "1".to_owned(),
        Type::F64 => "1.0".to_owned(),
        Type::String => super::code_snippet::literal(name.trim_matches('_').replace('_', "-").as_str()),
        Type::Sensitive => "\"not-a-real-secret\"".to_owned(),
        Type::DateTime => "\"2026-01-31T12:00:00Z\"".to_owned(),
        Type::Date => "\"2026-01-31\".into()".to_owned(),
        Type::Array(item) => match **item {
            Type::Array(_) | Type::Nullable(_) => return None,
            _ => format!("[{}]", placeholder(name, item)?),
        },
        Type::Bytes | Type::Json | Type::Map(_) | Type::Nullable(_) | Type::Named(_) => return None,
    })
}

/// Writes types as code outside of the SDK does.
struct Types {
    crate_name: String,
    module: String,
}

impl Types {
    fn runtime_path(&self, path: &str) -> String {
        format!("{}::evergrant_sdk::{path}", self.crate_name)
    }

    fn type_path(&self, ty: &Type) -> String {
        match ty {
            Type::Bool => "bool".to_owned(),
            Type::I32 => "i32".to_owned(),
            Type::I64 => "i64".to_owned(),
            Type::U32 => "u32".to_owned(),
            Type::U64 => "u64".to_owned(),
            Type::F64 => "f64".to_owned(),
            Type::String => "String".to_owned(),
            Type::Sensitive => self.runtime_path("SensitiveString"),
            Type::DateTime => self.runtime_path("DateTime"),
            Type::Date => self.runtime_path("Date"),
            Type::Bytes => self.runtime_path("bytes::Bytes"),
            Type::Json => self.runtime_path("serde_json::Value"),
            Type::Array(item) => format!("Vec<{}>", self.type_path(item)),
            Type::Map(value) if **value == Type::Json => {
                let (map, json) = (self.runtime_path("serde_json::Map"), self.type_path(value));
                format!("{map}<String, {json}>")
            }
            Type::Map(value) => format!("std::collections::BTreeMap<String, {}>", self.type_path(value)),
            Type::Nullable(inner) => format!("Option<{}>", self.type_path(inner)),
            Type::Named(name) => format!("{}::models::{name}", self.crate_name),
        }
    }

    fn body(&self, body: &Body) -> String {
        match &body.kind {
            BodyKind::Json(Type::String) | BodyKind::Form(Type::String, _) => "&str".to_owned(),
            BodyKind::Json(Type::Array(item)) => format!("&[{}]", self.type_path(item)),
            BodyKind::Json(ty) | BodyKind::Form(ty, _) => format!("&{}", self.type_path(ty)),
            BodyKind::Multipart { type_name, .. } => {
                format!("{}::operations::{}::{type_name}", self.crate_name, self.module)
            }
            BodyKind::AnyMultipart => self.runtime_path("Multipart"),
            BodyKind::Text => "String".to_owned(),
            BodyKind::Bytes => self.runtime_path("Body"),
        }
    }
}

/// Writes a type as code outside of the SDK does.
pub(super) fn type_path(api: &Api, ty: &Type) -> String {
    let types = Types {
        crate_name: api.package.crate_name(),
        module: String::new(),
    };
    types.type_path(ty)
}
