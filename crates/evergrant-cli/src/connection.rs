//! Connections to the authorization server and the API: what they trust, and what to do where there is none.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use evergrant::error::TransportCause;
use evergrant::transport::check_root_certificates;
use reqwest::{Certificate, ClientBuilder};

use crate::failure::{Failure, local};

/// What we call ourselves at the servers.
const USER_AGENT: &str = concat!("evergrant/", env!("CARGO_PKG_VERSION"));

/// What all connections have in common.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    timeout: Duration,
    certificates: Vec<Certificate>,
    title_case_headers: bool,
    user_agent: Option<String>,
}

impl Connection {
    /// `ca_file` has certificates to trust besides the system's.
    pub(crate) fn new(
        timeout: Duration,
        ca_file: Option<&Path>,
        title_case_headers: bool,
        user_agent: Option<String>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            timeout,
            certificates: ca_file.map_or_else(|| Ok(Vec::new()), read)?,
            title_case_headers,
            user_agent,
        })
    }

    /// The same with another time limit.
    pub(crate) fn within(&self, timeout: Duration) -> Self {
        Self {
            timeout,
            ..self.clone()
        }
    }

    /// An HTTP client that says who we are, and waits no longer than the time limit for a connection or for the next
    /// piece of an answer.
    pub(crate) fn http(&self) -> ClientBuilder {
        let builder = reqwest::Client::builder()
            .user_agent(self.user_agent.as_deref().unwrap_or(USER_AGENT))
            .connect_timeout(self.timeout)
            .read_timeout(self.timeout);
        let builder = match self.title_case_headers {
            true => builder.http1_title_case_headers(),
            false => builder,
        };
        // Without any, reqwest is not asked to merge: where it cannot, the system's are used.
        match self.certificates.is_empty() {
            true => builder,
            false => builder.tls_certs_merge(self.certificates.iter().cloned()),
        }
    }
}

/// For a URL of `https`: a variable that names no certificates is an error, also where others are found.
pub(crate) fn check_trust(url: &str) -> Result<(), Failure> {
    let is_encrypted = url.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("https:"));
    match is_encrypted {
        true => check_root_certificates()
            .map_err(|problem| Failure::usage(hint(&TransportCause::unreadable_root_certificates(problem)))),
        false => Ok(()),
    }
}

/// What to do about a failed connection, in terms of flags.
pub(crate) fn hint(cause: &TransportCause) -> Cow<'static, str> {
    match cause {
        TransportCause::UntrustedCertificate => {
            "no authority that is trusted here has issued the server's certificate, or the server does not send the intermediate ones: give the file with the authority's certificate with --ca-file (`ca_file` in a profile), or name it in SSL_CERT_FILE".into()
        }
        TransportCause::NoRootCertificates => {
            "there are no CA certificates on this machine: install the package ca-certificates, or give a file of them with --ca-file or SSL_CERT_FILE".into()
        }
        TransportCause::ClientCertificate => {
            "the server wants a client certificate, and this program has none: reach the server through a proxy that has one, or use the library (reqwest's identity)".into()
        }
        cause => cause.hint(),
    }
}

fn read(path: &Path) -> Result<Vec<Certificate>, Failure> {
    let shown = path.display();
    let pem = std::fs::read(path).map_err(|error| local(&format!("cannot read the CA file {shown}"), error))?;
    let unfit = || {
        Failure::usage(format!(
            "the CA file {shown} has no certificate that can be used; it takes certificates in PEM form (BEGIN CERTIFICATE), and `openssl x509 -inform der` converts others"
        ))
    };
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|_| unfit())?;
    let is_usable = |all: &[Certificate]| {
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only(all.iter().cloned());
        client.build().is_ok()
    };
    match !certificates.is_empty() && is_usable(&certificates) {
        true => Ok(certificates),
        false => Err(unfit()),
    }
}
