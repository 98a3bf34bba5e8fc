//! The operations in the report: authentication, parameters, responses and errors.

use serde::Serialize;

use crate::api::{self, Api, BodyKind, Part, PartKind, Payload};

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Group {
    pub(in crate::inspect) method: String,
    #[serde(rename = "type")]
    pub(in crate::inspect) type_name: String,
    pub(in crate::inspect) description: Option<String>,
    pub(in crate::inspect) operations: Vec<Operation>,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Operation {
    pub(in crate::inspect) id: String,
    pub(in crate::inspect) name: String,
    pub(in crate::inspect) method: String,
    pub(in crate::inspect) path: String,
    pub(in crate::inspect) server: String,
    pub(in crate::inspect) summary: Option<String>,
    pub(in crate::inspect) deprecated: bool,
    pub(in crate::inspect) security: Security,
    pub(in crate::inspect) parameters: Vec<Parameter>,
    pub(in crate::inspect) body: Option<Body>,
    pub(in crate::inspect) responses: Vec<Response>,
    pub(in crate::inspect) errors: Vec<Response>,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Security {
    /// Whether the operation also works without credentials.
    pub(in crate::inspect) optional: bool,
    pub(in crate::inspect) alternatives: Vec<Vec<Need>>,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Need {
    pub(in crate::inspect) scheme: String,
    pub(in crate::inspect) scopes: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Parameter {
    pub(in crate::inspect) name: String,
    pub(in crate::inspect) argument: String,
    #[serde(rename = "in")]
    pub(in crate::inspect) location: &'static str,
    #[serde(rename = "type")]
    pub(in crate::inspect) ty: String,
    pub(in crate::inspect) required: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Body {
    pub(in crate::inspect) argument: String,
    pub(in crate::inspect) media: String,
    #[serde(rename = "type")]
    pub(in crate::inspect) ty: String,
    pub(in crate::inspect) required: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::inspect) struct Response {
    /// `200`, `4XX`, or `any other`.
    pub(in crate::inspect) status: String,
    #[serde(rename = "type")]
    pub(in crate::inspect) ty: String,
    pub(in crate::inspect) media: Vec<String>,
    /// The type of the events in a stream of the response.
    pub(in crate::inspect) events: Option<String>,
}

pub(super) fn groups(api: &Api) -> Vec<Group> {
    let groups = api.groups.iter();
    groups
        .map(|group| Group {
            method: group.method.clone(),
            type_name: group.type_name.clone(),
            description: group.description.clone(),
            operations: group
                .operations
                .iter()
                .map(|operation| self::operation(api, operation))
                .collect(),
        })
        .collect()
}

fn operation(api: &Api, operation: &api::Operation) -> Operation {
    let parameters = operation.parameters.iter().map(|parameter| Parameter {
        name: parameter.name.clone(),
        argument: parameter.ident.clone(),
        location: parameter.location.word(),
        ty: parameter.ty.describe(),
        required: parameter.required,
    });
    let body = operation.body.as_ref().map(|body| Body {
        argument: body.ident.clone(),
        media: body.content_type.clone(),
        ty: body_type(&body.kind),
        required: body.required,
    });
    Operation {
        id: operation.id.clone(),
        name: operation.method_name.clone(),
        method: operation.verb.clone(),
        path: operation.path.clone(),
        server: api.servers.list[operation.server].name.clone(),
        summary: operation.summary.clone(),
        deprecated: operation.deprecated,
        security: security(api, &api.requirements[operation.requirement]),
        parameters: parameters.collect(),
        body,
        responses: operation.success.list.iter().map(response).collect(),
        errors: operation.failure.list.iter().map(response).collect(),
    }
}

fn security(api: &Api, requirement: &api::Requirement) -> Security {
    let need = |need: &api::Need| Need {
        scheme: api.schemes[need.scheme].name.clone(),
        scopes: need.scopes.clone(),
    };
    let alternatives = requirement.alternatives.iter();
    Security {
        optional: requirement.optional,
        alternatives: alternatives.map(|needs| needs.iter().map(need).collect()).collect(),
    }
}

fn body_type(kind: &BodyKind) -> String {
    match kind {
        BodyKind::Json(ty) | BodyKind::Form(ty, _) => ty.describe(),
        BodyKind::Multipart { parts, .. } => {
            let descriptions: Vec<String> = parts.iter().map(part).collect();
            format!("form of {}", descriptions.join(", "))
        }
        BodyKind::AnyMultipart => "form of any parts".to_owned(),
        BodyKind::Text => "text".to_owned(),
        BodyKind::Bytes => "bytes".to_owned(),
    }
}

fn part(part: &Part) -> String {
    let optional = if part.required { "" } else { "?" };
    let ty = match &part.kind {
        PartKind::File => "file".to_owned(),
        PartKind::Files => "files".to_owned(),
        PartKind::Text(ty) | PartKind::Texts(ty) | PartKind::Json(ty) => ty.describe(),
    };
    format!("{}{optional}: {ty}", part.name)
}

fn response(response: &api::Response) -> Response {
    Response {
        status: response.status.to_string(),
        ty: match &response.payload {
            Payload::Empty => "nothing".to_owned(),
            Payload::Json(ty) => ty.describe(),
            Payload::Text => "text".to_owned(),
            Payload::Bytes => "bytes".to_owned(),
            Payload::Events(ty) => format!("events of {}", ty.describe()),
        },
        media: response.media.clone(),
        events: response.events.as_ref().map(crate::schema::Type::describe),
    }
}
