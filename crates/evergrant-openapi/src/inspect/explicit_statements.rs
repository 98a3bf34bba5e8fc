//! Distinguishes explicit statements of the description from assumptions that would have the same result.

use crate::parsed_description::{Document, Node};

/// Looks up explicit values in the description.
#[derive(Clone, Copy)]
pub(super) struct Explicit<'a> {
    document: &'a Document,
}

impl<'a> Explicit<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        Self { document }
    }

    /// Whether the description names the package.
    pub(super) fn package(self) -> bool {
        self.document.root().get("x-evergrant-package").is_some()
    }

    /// Whether a server names its environment.
    pub(super) fn environment(self, server: usize) -> bool {
        let servers = self.document.root().list("servers").unwrap_or_default();
        servers
            .get(server)
            .is_some_and(|server| server.get("x-evergrant-environment").is_some())
    }

    /// Whether a scheme or one of its flows states the client authentication.
    pub(super) fn client_auth(self, scheme: &str) -> bool {
        let is_set = |node: &Node<'_>| node.get("x-evergrant-client-auth").is_some();
        self.scheme(scheme)
            .is_some_and(|scheme| is_set(&scheme) || flows(&scheme).iter().any(|(_, flow)| is_set(flow)))
    }

    /// The first flow whose token URL has no host, and that URL.
    pub(super) fn relative_token_url(self, scheme: &str) -> Option<(String, String)> {
        let scheme = self.scheme(scheme)?;
        let extended = |node: &Node<'_>| node.get("x-evergrant-token-url").is_some();
        let is_relative = |flow: &Node<'_>| {
            let url = flow.string("tokenUrl").ok().flatten()?;
            (!extended(&scheme) && !extended(flow) && !url.contains("://")).then(|| url.to_owned())
        };
        flows(&scheme)
            .iter()
            .find_map(|(name, flow)| Some((name.clone(), is_relative(flow)?)))
    }

    fn scheme(self, name: &str) -> Option<Node<'a>> {
        let schemes = self.document.root().get("components")?.get("securitySchemes")?;
        schemes.get(name)?.resolved().ok()
    }
}

fn flows<'a>(scheme: &Node<'a>) -> Vec<(String, Node<'a>)> {
    let flows = scheme.map("flows").unwrap_or_default();
    flows.into_iter().map(|(name, flow)| (name.to_owned(), flow)).collect()
}
