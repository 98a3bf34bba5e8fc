//! The HTTP options of a profile.

use std::path::Path;
use std::time::Duration;

use reqwest::{Certificate, ClientBuilder};

use super::Settings;
use crate::error::Error;

/// The HTTP options of a profile, for requests to the authorization server and to the API.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    timeout: Option<Duration>,
    certificates: Vec<Certificate>,
    title_case_headers: bool,
    user_agent: Option<String>,
}

impl Settings {
    /// Returns the HTTP options, which contain the values of [`timeout`](Self::timeout), [`ca_file`](Self::ca_file),
    /// [`title_case_headers`](Self::title_case_headers) and [`user_agent`](Self::user_agent). This method reads the
    /// certificate file.
    ///
    /// # Errors
    /// Returns [`Error::CertificatesUnusable`] if the file at [`ca_file`](Self::ca_file) cannot be read or contains no
    /// certificate.
    pub fn http(&self) -> Result<HttpOptions, Error> {
        Ok(HttpOptions {
            timeout: self.timeout,
            certificates: self.ca_file.as_deref().map_or_else(|| Ok(Vec::new()), certificates)?,
            title_case_headers: self.title_case_headers,
            user_agent: self.user_agent.clone(),
        })
    }
}

impl HttpOptions {
    /// Sets the time limit of opening a connection, and of each read of a response.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Returns a builder for a reqwest client with these HTTP options.
    pub fn builder(&self) -> ClientBuilder {
        let mut builder = reqwest::Client::builder();
        if let Some(timeout) = self.timeout {
            builder = builder.connect_timeout(timeout).read_timeout(timeout);
        }
        if let Some(user_agent) = &self.user_agent {
            builder = builder.user_agent(user_agent);
        }
        if self.title_case_headers {
            builder = builder.http1_title_case_headers();
        }
        // Merging fails on some platforms, so it is called only if there are certificates.
        match self.certificates.is_empty() {
            true => builder,
            false => builder.tls_certs_merge(self.certificates.iter().cloned()),
        }
    }
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, Error> {
    let shown = path.display();
    let unusable = |problem| Error::CertificatesUnusable { problem };
    let pem = std::fs::read(path).map_err(|error| unusable(format!("cannot read the CA file {shown}: {error}")))?;
    let invalid = || {
        unusable(format!(
            "the CA file {shown} contains no usable certificate; it must contain certificates in PEM form (BEGIN CERTIFICATE); `openssl x509 -inform der` converts DER files"
        ))
    };
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|_| invalid())?;
    let is_usable = |all: &[Certificate]| {
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only(all.iter().cloned());
        client.build().is_ok()
    };
    match !certificates.is_empty() && is_usable(&certificates) {
        true => Ok(certificates),
        false => Err(invalid()),
    }
}
