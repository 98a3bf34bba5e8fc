//! Local servers with test certificates, and a client that trusts them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use evergrant::{ClientCredentials, Error, Token};
use evergrant_reqwest::Transport;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{WantsServerCert, WebPkiClientVerifier};
use rustls::{ConfigBuilder, RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

pub(crate) const TOKEN: &str = r#"{"access_token":"not-a-real-token","token_type":"Bearer","expires_in":3600}"#;

/// A certificate authority, and the certificate of a server.
pub(crate) struct Pki {
    pub(crate) authority: String,
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Pki {
    /// Creates an authority and a server certificate, modified by `change`.
    pub(crate) fn new(names: &[&str], change: impl Fn(&mut CertificateParams)) -> Self {
        Self::by("an authority", names, change)
    }

    pub(crate) fn by(authority: &str, names: &[&str], change: impl Fn(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, authority);
        let authority =
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
        let key = KeyPair::generate().expect("a key");
        let certificate = certificate_params(names, change)
            .signed_by(&key, &authority)
            .expect("a certificate");
        Self {
            authority: authority.pem(),
            certificate: certificate.der().clone(),
            key,
        }
    }

    pub(crate) fn localhost() -> Self {
        Self::new(&["localhost"], |_| {})
    }

    /// Creates a self-signed certificate.
    pub(crate) fn self_signed(is_ca: IsCa) -> Self {
        let key = KeyPair::generate().expect("a key");
        let params = certificate_params(&["localhost"], |params| params.is_ca = is_ca);
        let certificate = params.self_signed(&key).expect("a certificate");
        Self {
            authority: certificate.pem(),
            certificate: certificate.der().clone(),
            key,
        }
    }

    /// Returns the configuration of a server that passes client certificates to this verifier.
    pub(crate) fn config_with(&self, verifier: Arc<dyn ClientCertVerifier>) -> ServerConfig {
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().expect("versions");
        self.finish(builder.with_client_cert_verifier(verifier))
    }

    pub(crate) fn config(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        requires_client_certificate: bool,
    ) -> ServerConfig {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_protocol_versions(versions).expect("versions");
        let builder = match requires_client_certificate {
            false => builder.with_no_client_auth(),
            true => {
                let mut roots = RootCertStore::empty();
                roots.add(self.certificate.clone()).expect("a certificate");
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
                builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
            }
        };
        self.finish(builder)
    }

    fn finish(&self, builder: ConfigBuilder<ServerConfig, WantsServerCert>) -> ServerConfig {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).expect("a key");
        builder
            .with_single_cert(vec![self.certificate.clone()], key)
            .expect("a certificate")
    }

    /// Returns a transport that trusts only this authority.
    pub(crate) fn transport(&self) -> Transport {
        let certificate = reqwest::Certificate::from_pem(self.authority.as_bytes()).expect("PEM");
        Transport::from_builder(|| reqwest::Client::builder().tls_certs_only([certificate.clone()]))
            .expect("a transport")
    }
}

fn certificate_params(names: &[&str], change: impl Fn(&mut CertificateParams)) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    change(&mut params);
    params
}

/// A server that sends each connection the same response, and closes it without TLS close_notify.
pub(crate) struct Server {
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) async fn tls(config: ServerConfig, response: impl Into<Vec<u8>>) -> Self {
        let (acceptor, response) = (TlsAcceptor::from(Arc::new(config)), Arc::new(response.into()));
        Self::start(move |stream: TcpStream| {
            let (acceptor, response) = (acceptor.clone(), Arc::clone(&response));
            async move {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                read_request(&mut stream).await;
                let _ = stream.write_all(&response).await;
                let _ = stream.flush().await;
                let (mut tcp, _) = stream.into_inner();
                // Read the rest, because a reset would discard the response.
                let _ = tcp.shutdown().await;
                let _ = tcp.read_to_end(&mut Vec::new()).await;
            }
        })
        .await
    }

    pub(crate) async fn plain(response: impl Into<Vec<u8>>) -> Self {
        let response = Arc::new(response.into());
        Self::start(move |mut stream: TcpStream| {
            let response = Arc::clone(&response);
            async move {
                let _ = stream.write_all(&response).await;
                let _ = stream.shutdown().await;
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        })
        .await
    }

    pub(crate) async fn start<F: Future<Output = ()> + Send + 'static>(
        serve_connection: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve_connection(stream));
            }
        });
        Self { port, connections }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Fetches a token from `localhost`, with up to two retries.
    pub(crate) async fn token(&self, scheme: &str, transport: Transport) -> Result<Token, Error> {
        let url = format!("{scheme}://localhost:{}/token", self.port);
        let builder = ClientCredentials::builder("shop", "not-a-real-secret")
            .token_url(url)
            .retries(2);
        builder.build(transport).expect("a manager").token().await
    }
}

/// Reads the head of a request, and a body of its `content-length`.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    let _ = stream.read_exact(&mut body).await;
    head
}
