//! Operations, and the groups that they come in.

use super::answers::Answers;
use super::bodies::Body;
use super::parameters::Parameter;
use crate::problem::Place;

/// The operations of one tag.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// The client's method: `service_profiles`.
    pub(crate) method: String,
    /// The module, of ASCII alone.
    pub(crate) module: String,
    /// `ServiceProfiles`.
    pub(crate) type_name: String,
    pub(crate) description: Option<String>,
    pub(crate) operations: Vec<Operation>,
}

#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// In the description, or its method and path.
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
    /// What is always in the query: a description may tell operations apart by it.
    pub(crate) fixed_query: Vec<(String, String)>,
    /// Into the list of servers.
    pub(crate) server: usize,
    /// Into the list of requirements.
    pub(crate) requirement: usize,
    pub(crate) summary: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) deprecated: bool,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    pub(crate) success: Answers,
    pub(crate) failure: Answers,
    pub(crate) place: Place,
}

impl Operation {
    /// The `Accept` header: the media types of its success.
    pub(crate) fn accept(&self) -> String {
        let mut media: Vec<&str> = Vec::new();
        for name in self.success.list.iter().flat_map(|answer| &answer.media) {
            if !media.contains(&name.as_str()) && !name.contains('*') {
                media.push(name);
            }
        }
        media.join(", ")
    }
}
