//! Operations and the groups that contain them.

use super::bodies::Body;
use super::parameters::Parameter;
use super::responses::Responses;
use crate::errors_and_warnings::Pointer;

/// A group of operations: those of one tag.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// The method of the client: `service_profiles`.
    pub(crate) method: String,
    /// The name of the module, in ASCII.
    pub(crate) module: String,
    /// `ServiceProfiles`.
    pub(crate) type_name: String,
    pub(crate) description: Option<String>,
    pub(crate) operations: Vec<Operation>,
}

#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// The `operationId`, or method and path.
    pub(crate) id: String,
    /// `get_book`.
    pub(crate) method_name: String,
    /// `GetBook`.
    pub(crate) type_name: String,
    /// `GET_BOOK`.
    pub(crate) static_name: String,
    /// `GET`.
    pub(crate) verb: String,
    pub(crate) path: String,
    /// Constant query parameters. Some descriptions distinguish operations by them.
    pub(crate) fixed_query: Vec<(String, String)>,
    /// The index of the server.
    pub(crate) server: usize,
    /// The index of the requirement.
    pub(crate) requirement: usize,
    pub(crate) summary: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: bool,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    pub(crate) success: Responses,
    pub(crate) failure: Responses,
    pub(crate) place: Pointer,
    /// The location as a JSONPath.
    pub(crate) json_path: String,
}

impl Operation {
    /// The value of the `Accept` header: the media types of the successful responses.
    pub(crate) fn accept(&self) -> String {
        let mut media: Vec<&str> = Vec::new();
        for name in self.success.list.iter().flat_map(|response| &response.media) {
            if !media.contains(&name.as_str()) && !name.contains('*') {
                media.push(name);
            }
        }
        media.join(", ")
    }
}
