//! Connections to the authorization server and the API: trust, proxies, and header names.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use store_faults::engine::Authority;

use crate::support::Fixture;

const TOKEN: &str = r#"{"access_token":"not-a-real-token","token_type":"Bearer","expires_in":3600}"#;

const DAMAGED: &str = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";

#[test]
fn a_private_authority_is_trusted_by_flag_profile_and_variable() {
    let (fixture, authority) = (Fixture::new(), Authority::new().unwrap());
    let origin = format!("https://localhost:{}", tls_server(&authority));
    let token_url = format!("{origin}/token");
    let books = format!("{origin}/books");
    let ca = authority.ca();
    let ca = ca.to_str().unwrap();
    let profile = fixture.file(
        "config.toml",
        &format!(
            "[profiles.shop]\ntoken_url = \"{token_url}\"\nclient_id = \"x\"\nclient_secret_env = \"CLIENT_SECRET\"\nca_file = \"{ca}\"\n"
        ),
    );
    let error = fixture.run_raw(&token(&token_url), "").failure(4);
    for words in ["--ca-file", "SSL_CERT_FILE", "UnknownIssuer"] {
        assert!(error.contains(words), "{words}: {error}");
    }
    let flag = [&token(&token_url)[..], &["--ca-file", ca]].concat();
    assert_eq!(fixture.run_raw(&flag, "").success(), "not-a-real-token\n");
    let by_profile = ["token", "--config", &profile, "--profile", "shop"];
    assert_eq!(fixture.run_raw(&by_profile, "").success(), "not-a-real-token\n");
    let by_variable = fixture
        .command(&token(&token_url))
        .env("SSL_CERT_FILE", ca)
        .output()
        .unwrap();
    assert!(by_variable.status.success(), "{by_variable:?}");

    let cached = [&flag[..], &["--cache"]].concat();
    assert_eq!(fixture.run_raw(&cached, "").success(), "not-a-real-token\n");
    let mut call = flag.clone();
    call[0] = "call";
    call.push(&books);
    assert_eq!(fixture.run_raw(&call, "").success(), TOKEN);

    // The API's certificate alone is not trusted.
    let auth = fixture.auth.token_url();
    let call = [
        "call",
        "--token-url",
        &auth,
        "--client-id",
        crate::support::CLIENT,
        "--client-secret-env",
        "CLIENT_SECRET",
        &books,
    ];
    let error = fixture.run_raw(&call, "").failure(4);
    assert!(
        error.contains("--ca-file") && error.contains(&format!("GET {books}")),
        "{error}"
    );
}

#[test]
fn an_unusable_certificate_file_is_named() {
    let fixture = Fixture::new();
    let url = "https://127.0.0.1:9/token";
    let text = fixture.file("text.pem", "not a certificate");
    let damaged = fixture.file("damaged.pem", DAMAGED);
    let missing = fixture.folder.join("missing.pem");
    let missing = missing.to_str().unwrap();
    for file in [text.as_str(), &damaged, missing] {
        let error = fixture
            .run_raw(&[&token(url)[..], &["--ca-file", file]].concat(), "")
            .failure(2);
        assert!(error.contains(file) && error.contains("CA file"), "{error}");
    }
    let folder = fixture.folder.to_str().unwrap();
    let empty = fixture.folder.join("empty");
    std::fs::create_dir(&empty).unwrap();
    for (variable, value) in [
        ("SSL_CERT_FILE", missing),
        ("SSL_CERT_FILE", text.as_str()),
        ("SSL_CERT_FILE", folder),
        ("SSL_CERT_FILE", ""),
        ("SSL_CERT_DIR", missing),
        ("SSL_CERT_DIR", empty.to_str().unwrap()),
    ] {
        let mut command = fixture.command(&token(url));
        // An error, even though another variable has certificates.
        command.env("SSL_CERT_DIR", folder).env(variable, value);
        let error = crate::support::RunResult::from_output(&command.output().unwrap()).failure(2);
        assert!(
            error.contains(variable) && error.contains(value),
            "{variable}={value}: {error}"
        );
        // Plain http needs no certificates.
        fixture.run_with_env(&[(variable, value)], "token", &[]).success();
    }
}

/// As in a container image without certificates: a damaged certificate file has the same effect.
#[test]
fn without_root_certificates_http_works_and_https_names_the_remedy() {
    let (fixture, authority) = (Fixture::new(), Authority::new().unwrap());
    let url = format!("https://localhost:{}/token", tls_server(&authority));
    let none = fixture.file("none.pem", DAMAGED);
    let environment = [("SSL_CERT_FILE", none.as_str())];
    fixture.run_with_env(&environment, "token", &[]).success();
    fixture
        .run_with_env(&environment, "call", &[&fixture.api.url("/books")])
        .success();

    let run = |extra: &[&str]| {
        let mut command = fixture.command(&[&token(&url)[..], extra].concat());
        crate::support::RunResult::from_output(&command.envs(environment).output().unwrap())
    };
    let error = run(&[]).failure(4);
    for words in ["ca-certificates", "SSL_CERT_FILE", "--ca-file"] {
        assert!(error.contains(words), "{words}: {error}");
    }
    let ca = authority.ca();
    run(&["--ca-file", ca.to_str().unwrap()]).success();
}

#[test]
fn a_failing_proxy_is_named_without_its_password() {
    let fixture = Fixture::new();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let proxy_with = |status: &str| {
        let response = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        plain_server(response, mpsc::channel().0)
    };
    for (port, variable, words) in [
        (
            proxy_with("407 Proxy Authentication Required"),
            "HTTPS_PROXY",
            "a user and a password",
        ),
        (
            proxy_with("403 Forbidden"),
            "https_proxy",
            "rejected the connection to the server",
        ),
        (
            proxy_with("502 Bad Gateway"),
            "ALL_PROXY",
            "rejected the connection to the server",
        ),
        (closed, "HTTPS_PROXY", "cannot be reached"),
    ] {
        let mut command = fixture.command(&token("https://auth.example.com/token"));
        command.env(variable, format!("http://worker:not-a-real-password@127.0.0.1:{port}"));
        let error = crate::support::RunResult::from_output(&command.output().unwrap()).failure(4);
        for words in [words, variable, &format!("http://127.0.0.1:{port}")] {
            assert!(error.contains(words), "{words}: {error}");
        }
        assert!(
            !error.contains("not-a-real-password") && !error.contains("worker"),
            "{error}"
        );
    }
}

#[test]
fn an_http_proxy_is_named_only_if_it_handles_the_request() {
    let fixture = Fixture::new();
    let response = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n".to_owned();
    let proxy = format!(
        "http://worker:not-a-real-password@127.0.0.1:{}",
        plain_server(response, mpsc::channel().0)
    );
    let run = |command: &str, extra: &[&str]| {
        let environment = [("HTTP_PROXY", proxy.as_str()), ("http_proxy", proxy.as_str())];
        let result = fixture.run_with_env(&environment, command, extra);
        assert!(!result.stderr.contains("not-a-real-password"), "{}", result.stderr);
        result
    };
    let allowed = ["--danger-allow-http-to", "http://api.invalid"];
    let error = run("call", &[&allowed[..], &["http://api.invalid/books"]].concat()).failure(1);
    for words in ["407", "a user and a password", "HTTP_PROXY", "NO_PROXY"] {
        assert!(error.contains(words), "{words}: {error}");
    }
    assert!(!error.contains("--renew-on"), "{error}");

    // Requests to this machine do not use the proxy.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = run("call", &[&format!("http://{closed}/books")]).failure(4);
    assert!(
        error.contains("no server listens on this address") && !error.contains("proxy"),
        "{error}"
    );
}

#[test]
fn title_case_headers_capitalizes_header_names() {
    let fixture = Fixture::new();
    let (sender, heads) = mpsc::channel();
    let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{TOKEN}", TOKEN.len());
    let url = format!("http://127.0.0.1:{}/token", plain_server(response, sender));
    let profile = fixture.file(
        "config.toml",
        &format!(
            "[profiles.shop]\ntoken_url = \"{url}\"\nclient_id = \"x\"\nclient_secret_env = \"CLIENT_SECRET\"\ntitle_case_headers = true\n"
        ),
    );
    fixture.run_raw(&token(&url), "").success();
    assert!(heads.recv().unwrap().contains("\r\nauthorization: Basic "));
    for arguments in [
        [&token(&url)[..], &["--title-case-headers"]].concat(),
        vec!["token", "--config", &profile, "--profile", "shop"],
    ] {
        fixture.run_raw(&arguments, "").success();
        let head = heads.recv().unwrap();
        assert!(
            head.contains("\r\nAuthorization: Basic ") && head.contains("\r\nContent-Type: "),
            "{head}"
        );
    }
}

#[test]
fn a_redirect_port_in_use_is_named() {
    let fixture = Fixture::new();
    let in_use = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = in_use.local_addr().unwrap();
    let uri = format!("http://{address}/callback");
    let authorization_url = fixture.auth.url("/authorize");
    let error = fixture
        .run(
            "login",
            &["--authorization-url", &authorization_url, "--redirect-uri", &uri],
        )
        .failure(2);
    assert!(
        error.contains(&address.to_string()) && error.contains("--redirect-uri"),
        "{error}"
    );
}

fn token(url: &str) -> [&str; 7] {
    [
        "token",
        "--token-url",
        url,
        "--client-id",
        "x",
        "--client-secret-env",
        "CLIENT_SECRET",
    ]
}

/// Starts a TLS server that responds to every request with a token.
fn tls_server(authority: &Authority) -> u16 {
    let certificate = CertificateDer::from_pem_file(authority.certificate()).unwrap();
    let key = PrivateKeyDer::from_pem_file(authority.key()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let config = Arc::new(
        builder
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap(),
    );
    let response = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{TOKEN}",
        TOKEN.len()
    );
    server(move |stream| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        if read_request(&mut stream).is_some() {
            let _ = stream.write_all(response.as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    })
}

/// Starts a server that sends this response to every request, and reports the head of the request.
fn plain_server(response: String, heads: mpsc::Sender<String>) -> u16 {
    server(move |mut stream| {
        let Some(head) = read_request(&mut stream) else {
            return;
        };
        // The test may have dropped the receiver.
        let _ = heads.send(head);
        let _ = stream.write_all(response.as_bytes());
    })
}

fn server(handle: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || listener.incoming().flatten().for_each(handle));
    port
}

/// Reads a request with its body and returns its head; `None` if there is no request.
fn read_request(stream: &mut impl Read) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    let head = String::from_utf8(head).ok()?;
    let lower = head.to_ascii_lowercase();
    let length = lower
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    stream.read_exact(&mut vec![0; length.unwrap_or(0)]).ok()?;
    Some(head)
}
