//! The model of an API, from which the SDK is generated. All names are assigned and all choices are made here.

mod bodies;
mod broken_operations;
mod global_headers;
mod media_types;
mod mending;
mod operations;
mod package_metadata;
mod parameters;
mod paths;
mod responses;
mod security_requirements;
mod security_schemes;
mod servers;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use crate::doc_sanitizer;
use crate::errors_and_warnings::{Error, Problem};
use crate::limits::{Budget, LINES, OPERATIONS};
use crate::names::Names;
use crate::parsed_description::Document;
use crate::problem_list::ProblemList;
use crate::schema::{Models, Schemas};

pub(crate) use self::bodies::{Body, BodyKind, Part, PartKind};
pub(crate) use self::global_headers::GlobalHeader;
pub(crate) use self::operations::{Group, Operation};
pub(crate) use self::package_metadata::Package;
pub(crate) use self::parameters::{Location, Parameter, Style};
pub(crate) use self::responses::{Payload, Response, Responses, Shape, Status};
use self::security_requirements::Requirements;
pub(crate) use self::security_requirements::{Need, Requirement, requirement_text};
pub(crate) use self::security_schemes::{Flow, Key, KeyLocation, OAuth, Scheme, SchemeKind, Session};
use self::servers::is_plain_url;
pub(crate) use self::servers::{EnvironmentHosts, Server, Servers, UrlGap, UrlGapKind, Variable, is_plain_http};

/// The API that an SDK is generated for.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) package: Package,
    pub(crate) servers: Servers,
    pub(crate) headers: Vec<GlobalHeader>,
    pub(crate) schemes: Vec<Scheme>,
    pub(crate) requirements: Vec<Requirement>,
    pub(crate) groups: Vec<Group>,
    pub(crate) models: Models,
    /// Differences between the description and the SDK.
    pub(crate) warnings: Vec<Problem>,
    /// Operations that are not generated.
    pub(crate) skipped: Vec<Problem>,
    /// Problems that are an error unless operations may be skipped.
    pub(crate) problems: Vec<Problem>,
}

/// What happens to an operation with unsupported security or a problem.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Unsupported {
    #[default]
    Reject,
    Skip,
}

/// Reserved names: the fixed methods of the client and of its builder.
const CLIENT_METHODS: [&str; 11] = [
    "builder",
    "with_configuration",
    "environment",
    "base_url",
    "timeout",
    "clone",
    "fmt",
    "into",
    "from",
    "eq",
    "core",
];
const BUILDER_METHODS: [&str; 18] = [
    "environment",
    "base_url",
    "timeout",
    "header",
    "http",
    "danger_http_client",
    "danger_allow_http_to",
    "allow_origin",
    "with_fallback",
    "build",
    "clone",
    "fmt",
    "into",
    "from",
    "new",
    "settings",
    "default",
    "eq",
];

/// Assigns the names of the client's and the builder's methods, and of the types of the crate root.
#[derive(Debug)]
struct ClientNames {
    client: Names,
    builder: Names,
    /// Types of the crate root: credentials, scopes, variables.
    types: Names,
}

impl Api {
    pub(crate) fn read(
        document: &Document,
        name: Option<&str>,
        unsupported_security: Unsupported,
    ) -> Result<Self, Error> {
        document.check_version()?;
        let root = document.root();
        let mut names = ClientNames {
            client: Names::with_reserved(CLIENT_METHODS),
            builder: Names::with_reserved(BUILDER_METHODS),
            types: Names::with_reserved([
                "Client",
                "ClientBuilder",
                "Environment",
                "Error",
                "ApiError",
                "OAuthProviderError",
                "Response",
                "Token",
                "TokenManager",
                "Secret",
                "BuildError",
                "Scope",
                "Scopes",
                "String",
                "Option",
                "Result",
                "Vec",
                "Box",
                "Duration",
            ]),
        };
        let mut warnings: Vec<Problem> = document.warnings().to_vec();
        let mut problems = ProblemList::new();
        let package = Package::read(&root, name, &mut problems)?;
        let mut servers = Servers::read(&root, &mut names, &mut warnings, &mut problems)?;
        let headers = global_headers::read(&root, &mut names);
        let headers = problems.catch(headers)?.unwrap_or_default();
        let texts = headers
            .iter()
            .map(|header| &header.description)
            .chain(servers.descriptions());
        LINES.check_at(texts.flatten().map(|text| doc_sanitizer::lines(text)).sum(), &root)?;
        let schemes = security_schemes::read(&root, &servers, &mut names, &mut warnings, &mut problems)?;
        let mut requirements = Requirements::new(&schemes, &root, &mut warnings)?;
        let mut schemas = Schemas::new(document, &mut problems)?;
        let mut reader = paths::OperationReader {
            servers: &mut servers,
            requirements: &mut requirements,
            schemas: &mut schemas,
            names: &mut names,
            warnings: &mut warnings,
            problems: &mut problems,
            unsupported: Vec::new(),
            left_out: Vec::new(),
            left_out_types: Vec::new(),
            repeated: HashSet::new(),
            ids: HashMap::new(),
            modules: Names::default(),
            groups: HashMap::new(),
            builders: Vec::new(),
            tags: HashMap::new(),
            count: Budget::of(&OPERATIONS),
        };
        let mut groups = reader.operations(&root)?;
        let (mut skipped, unsupported, repeated) = (reader.left_out, reader.unsupported, reader.repeated);
        let left_out_types = reader.left_out_types;
        let (requirements, used_schemes) = requirements.into_list();
        security_schemes::report(&schemes, &used_schemes, &mut problems, &mut warnings)?;
        let mut models = schemas.finish()?;
        skipped.extend(broken_operations::leave_out(
            &mut groups,
            &models,
            &left_out_types,
            &mut problems,
            &mut warnings,
        )?);
        let schemes =
            security_schemes::with_logins(&schemes, &groups, &requirements, (&models, &repeated), &mut problems)?;
        let mut problems = problems.into_list();
        for problem in &mut problems {
            *problem = mending::with_action(document, problem.clone());
        }
        if unsupported_security == Unsupported::Reject && !problems.is_empty() {
            problems.extend(unsupported);
            return Err(Error::Description(problems));
        }
        if unsupported_security == Unsupported::Reject && !unsupported.is_empty() {
            return Err(Error::Security(unsupported));
        }
        skipped.extend(unsupported);
        let operations = groups.iter().flat_map(|group| &group.operations);
        models.set_sent(operations.flat_map(broken_operations::types_in_json));
        warnings.append(&mut models.warnings);
        Ok(Self {
            package,
            servers,
            headers,
            schemes,
            requirements,
            groups,
            models,
            warnings,
            skipped,
            problems,
        })
    }

    /// Returns for each requirement whether one of its alternatives contains the scheme.
    pub(crate) fn requirements_of(&self, scheme: usize) -> Vec<bool> {
        let has = |requirement: &Requirement| {
            let mut needs = requirement.alternatives.iter().flatten();
            needs.any(|need| need.scheme == scheme)
        };
        self.requirements.iter().map(has).collect()
    }

    pub(crate) fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.groups.iter().flat_map(|group| &group.operations)
    }
}
