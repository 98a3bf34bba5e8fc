//! A call of an operation as somebody would write it, with arguments made up by their types.

use crate::api::{Api, Body, BodyKind, Group, Operation, Payload};
use crate::names::Names;
use crate::schema::Type;

/// One call, and what cannot be made up for it.
pub(super) struct Sample {
    /// `client.books().get_book("book-id")`.
    pub(super) call: String,
    /// Arguments that whoever calls has to have, with their types.
    pub(super) parameters: Vec<(String, String)>,
    /// Whether it is answered with a stream of events and nothing else.
    pub(super) is_stream: bool,
}

impl Sample {
    pub(super) fn of(api: &Api, group: &Group, operation: &Operation) -> Self {
        let own = Types {
            crate_name: api.package.crate_name(),
            module: group.module.clone(),
        };
        let mut names = Names::reserving([
            "client", "answer", "error", "event", "events", "told", "tokens", "token",
        ]);
        let mut parameters = Vec::new();
        let mut arguments = Vec::new();
        for parameter in operation.parameters.iter().filter(|parameter| parameter.required) {
            let ty = parameter.ty.present();
            arguments.push(made_up(&parameter.ident, ty).unwrap_or_else(|| {
                let name = names.take(parameter.ident.clone());
                parameters.push((name.clone(), own.shown(ty)));
                name
            }));
        }
        if let Some(body) = operation.body.as_ref().filter(|body| body.required) {
            let name = names.take(body.ident.clone());
            parameters.push((name.clone(), own.body(body)));
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

    /// The parameters of a function that makes the call with a client of its own.
    pub(super) fn parameters(&self) -> String {
        let parameters = self.parameters.iter().map(|(name, ty)| format!("{name}: {ty}"));
        parameters.collect::<Vec<_>>().join(", ")
    }

    /// The parameters of a function that is given a client.
    pub(super) fn signature(&self) -> String {
        format!("client: &Client, {}", self.parameters())
    }

    /// Statements that make the call and print what it brings; `client` is at hand, and errors are passed on.
    pub(super) fn statements(&self) -> String {
        let call = &self.call;
        match self.is_stream {
            true => format!(
                "let mut events = {call}.send().await?; while let Some(event) = events.next().await {{ let event = event?; println!(\"{{:?}}\", event.data); }}"
            ),
            false => format!("let answer = {call}.send().await?; println!(\"{{answer:?}}\");"),
        }
    }
}

/// An argument that anybody understands.
fn made_up(name: &str, ty: &Type) -> Option<String> {
    Some(match ty {
        Type::Bool => "true".to_owned(),
        Type::I32 | Type::I64 | Type::U32 | Type::U64 => "1".to_owned(),
        Type::F64 => "1.0".to_owned(),
        Type::String => super::snippet::literal(name.trim_matches('_').replace('_', "-").as_str()),
        Type::Sensitive => "\"not-a-real-secret\"".to_owned(),
        Type::DateTime => "\"2026-01-31T12:00:00Z\"".to_owned(),
        Type::Date => "\"2026-01-31\".into()".to_owned(),
        Type::Array(item) => match **item {
            Type::Array(_) | Type::Nullable(_) => return None,
            _ => format!("[{}]", made_up(name, item)?),
        },
        Type::Bytes | Type::Json | Type::Map(_) | Type::Nullable(_) | Type::Named(_) => return None,
    })
}

/// How types are written outside of the SDK.
struct Types {
    crate_name: String,
    module: String,
}

impl Types {
    fn of_runtime(&self, path: &str) -> String {
        format!("{}::evergrant_sdk::{path}", self.crate_name)
    }

    fn shown(&self, ty: &Type) -> String {
        match ty {
            Type::Bool => "bool".to_owned(),
            Type::I32 => "i32".to_owned(),
            Type::I64 => "i64".to_owned(),
            Type::U32 => "u32".to_owned(),
            Type::U64 => "u64".to_owned(),
            Type::F64 => "f64".to_owned(),
            Type::String => "String".to_owned(),
            Type::Sensitive => self.of_runtime("SensitiveString"),
            Type::DateTime => self.of_runtime("DateTime"),
            Type::Date => self.of_runtime("Date"),
            Type::Bytes => self.of_runtime("bytes::Bytes"),
            Type::Json => self.of_runtime("serde_json::Value"),
            Type::Array(item) => format!("Vec<{}>", self.shown(item)),
            Type::Map(value) if **value == Type::Json => {
                let (map, json) = (self.of_runtime("serde_json::Map"), self.shown(value));
                format!("{map}<String, {json}>")
            }
            Type::Map(value) => format!("std::collections::BTreeMap<String, {}>", self.shown(value)),
            Type::Nullable(inner) => format!("Option<{}>", self.shown(inner)),
            Type::Named(name) => format!("{}::models::{name}", self.crate_name),
        }
    }

    fn body(&self, body: &Body) -> String {
        match &body.kind {
            BodyKind::Json(Type::String) | BodyKind::Form(Type::String, _) => "&str".to_owned(),
            BodyKind::Json(Type::Array(item)) => format!("&[{}]", self.shown(item)),
            BodyKind::Json(ty) | BodyKind::Form(ty, _) => format!("&{}", self.shown(ty)),
            BodyKind::Multipart { type_name, .. } => {
                format!("{}::operations::{}::{type_name}", self.crate_name, self.module)
            }
            BodyKind::AnyMultipart => self.of_runtime("Multipart"),
            BodyKind::Text => "String".to_owned(),
            BodyKind::Bytes => self.of_runtime("Body"),
        }
    }
}

/// How a model is written outside of the SDK.
pub(super) fn shown(api: &Api, ty: &Type) -> String {
    let types = Types {
        crate_name: api.package.crate_name(),
        module: String::new(),
    };
    types.shown(ty)
}
