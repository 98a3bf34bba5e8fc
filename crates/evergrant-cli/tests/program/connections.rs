//! Connections to the authorization server and the API: trust, proxies, and how headers are written.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;

use fleet::engine::Authority;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::World;

const TOKEN: &str = r#"{"access_token":"not-a-real-token","token_type":"Bearer","expires_in":3600}"#;

const DAMAGED: &str = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";

#[test]
fn a_private_authority_is_trusted_by_ca_file_in_flag_and_profile_and_by_variable() {
    let (world, authority) = (World::new(), Authority::new().unwrap());
    let origin = format!("https://localhost:{}", tls_server(&authority));
    let token_url = format!("{origin}/token");
    let books = format!("{origin}/books");
    let ca = authority.ca();
    let ca = ca.to_str().unwrap();
    let profile = world.file(
        "config.toml",
        &format!(
            "[profiles.shop]\ntoken_url = \"{token_url}\"\nclient_id = \"x\"\nclient_secret_env = \"CLIENT_SECRET\"\nca_file = \"{ca}\"\n"
        ),
    );
    let error = world.raw(&token(&token_url), "").failure(4);
    for words in ["--ca-file", "SSL_CERT_FILE", "UnknownIssuer"] {
        assert!(error.contains(words), "{words}: {error}");
    }
    let flag = [&token(&token_url)[..], &["--ca-file", ca]].concat();
    assert_eq!(world.raw(&flag, "").success(), "not-a-real-token\n");
    let by_profile = ["token", "--config", &profile, "--profile", "shop"];
    assert_eq!(world.raw(&by_profile, "").success(), "not-a-real-token\n");
    let by_variable = world
        .command(&token(&token_url))
        .env("SSL_CERT_FILE", ca)
        .output()
        .unwrap();
    assert!(by_variable.status.success(), "{by_variable:?}");

    let cached = [&flag[..], &["--cache"]].concat();
    assert_eq!(world.raw(&cached, "").success(), "not-a-real-token\n");
    let mut call = flag.clone();
    call[0] = "call";
    call.push(&books);
    assert_eq!(world.raw(&call, "").success(), TOKEN);

    // The API's certificate alone is not trusted.
    let auth = world.auth.token_url();
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
    let error = world.raw(&call, "").failure(4);
    assert!(
        error.contains("--ca-file") && error.contains(&format!("GET {books}")),
        "{error}"
    );
}

#[test]
fn a_file_of_certificates_that_cannot_be_used_is_named() {
    let world = World::new();
    let url = "https://127.0.0.1:9/token";
    let text = world.file("text.pem", "not a certificate");
    let damaged = world.file("damaged.pem", DAMAGED);
    let missing = world.folder.join("missing.pem");
    let missing = missing.to_str().unwrap();
    for file in [text.as_str(), &damaged, missing] {
        let error = world
            .raw(&[&token(url)[..], &["--ca-file", file]].concat(), "")
            .failure(2);
        assert!(error.contains(file) && error.contains("CA file"), "{error}");
    }
    let folder = world.folder.to_str().unwrap();
    let empty = world.folder.join("empty");
    std::fs::create_dir(&empty).unwrap();
    for (variable, value) in [
        ("SSL_CERT_FILE", missing),
        ("SSL_CERT_FILE", text.as_str()),
        ("SSL_CERT_FILE", folder),
        ("SSL_CERT_FILE", ""),
        ("SSL_CERT_DIR", missing),
        ("SSL_CERT_DIR", empty.to_str().unwrap()),
    ] {
        let mut command = world.command(&token(url));
        // Others are found, and the variable is not passed over.
        command.env("SSL_CERT_DIR", folder).env(variable, value);
        let error = crate::support::Ended::of(&command.output().unwrap()).failure(2);
        assert!(
            error.contains(variable) && error.contains(value),
            "{variable}={value}: {error}"
        );
        // Where nothing is encrypted, nothing is missing.
        world.run_in(&[(variable, value)], "token", &[]).success();
    }
}

/// As in an image from scratch: a certificate that cannot be read stands in for none.
#[test]
fn without_root_certificates_plain_http_works_and_https_names_what_is_missing() {
    let (world, authority) = (World::new(), Authority::new().unwrap());
    let url = format!("https://localhost:{}/token", tls_server(&authority));
    let none = world.file("none.pem", DAMAGED);
    let environment = [("SSL_CERT_FILE", none.as_str())];
    world.run_in(&environment, "token", &[]).success();
    world
        .run_in(&environment, "call", &[&world.api.url("/books")])
        .success();

    let run = |more: &[&str]| {
        let mut command = world.command(&[&token(&url)[..], more].concat());
        crate::support::Ended::of(&command.envs(environment).output().unwrap())
    };
    let error = run(&[]).failure(4);
    for words in ["ca-certificates", "SSL_CERT_FILE", "--ca-file"] {
        assert!(error.contains(words), "{words}: {error}");
    }
    let ca = authority.ca();
    run(&["--ca-file", ca.to_str().unwrap()]).success();
}

#[test]
fn a_proxy_that_does_not_help_is_named_without_its_password() {
    let world = World::new();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let answer = |status: &str| {
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        plain_server(answer, mpsc::channel().0)
    };
    for (port, variable, words) in [
        (
            answer("407 Proxy Authentication Required"),
            "HTTPS_PROXY",
            "a user and a password",
        ),
        (answer("403 Forbidden"), "https_proxy", "does not connect"),
        (answer("502 Bad Gateway"), "ALL_PROXY", "does not connect"),
        (closed, "HTTPS_PROXY", "cannot be reached"),
    ] {
        let mut command = world.command(&token("https://auth.example.com/token"));
        command.env(variable, format!("http://worker:not-a-real-password@127.0.0.1:{port}"));
        let error = crate::support::Ended::of(&command.output().unwrap()).failure(4);
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
fn a_proxy_of_plain_http_is_named_where_it_takes_the_request_and_nowhere_else() {
    let world = World::new();
    let answer = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n".to_owned();
    let proxy = format!(
        "http://worker:not-a-real-password@127.0.0.1:{}",
        plain_server(answer, mpsc::channel().0)
    );
    let run = |command: &str, more: &[&str]| {
        let environment = [("HTTP_PROXY", proxy.as_str()), ("http_proxy", proxy.as_str())];
        let ended = world.run_in(&environment, command, more);
        assert!(!ended.stderr.contains("not-a-real-password"), "{}", ended.stderr);
        ended
    };
    let allowed = ["--danger-allow-http-to", "http://api.invalid"];
    let error = run("call", &[&allowed[..], &["http://api.invalid/books"]].concat()).failure(1);
    for words in ["407", "a user and a password", "HTTP_PROXY", "NO_PROXY"] {
        assert!(error.contains(words), "{words}: {error}");
    }
    assert!(!error.contains("--renew-on"), "{error}");

    // Requests to this machine go past it.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = run("call", &[&format!("http://{closed}/books")]).failure(4);
    assert!(
        error.contains("nothing listens at this address") && !error.contains("proxy"),
        "{error}"
    );
}

#[test]
fn header_names_have_capitals_on_request() {
    let world = World::new();
    let (sender, heads) = mpsc::channel();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{TOKEN}", TOKEN.len());
    let url = format!("http://127.0.0.1:{}/token", plain_server(answer, sender));
    let profile = world.file(
        "config.toml",
        &format!(
            "[profiles.shop]\ntoken_url = \"{url}\"\nclient_id = \"x\"\nclient_secret_env = \"CLIENT_SECRET\"\ntitle_case_headers = true\n"
        ),
    );
    world.raw(&token(&url), "").success();
    assert!(heads.recv().unwrap().contains("\r\nauthorization: Basic "));
    for arguments in [
        [&token(&url)[..], &["--title-case-headers"]].concat(),
        vec!["token", "--config", &profile, "--profile", "shop"],
    ] {
        world.raw(&arguments, "").success();
        let head = heads.recv().unwrap();
        assert!(
            head.contains("\r\nAuthorization: Basic ") && head.contains("\r\nContent-Type: "),
            "{head}"
        );
    }
}

#[test]
fn a_redirect_address_that_is_in_use_is_named() {
    let world = World::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let uri = format!("http://{address}/callback");
    let authorization_url = world.auth.url("/authorize");
    let error = world
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

/// Answers every request with a token.
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
    let answer = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{TOKEN}",
        TOKEN.len()
    );
    server(move |stream| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        if read_request(&mut stream).is_some() {
            let _ = stream.write_all(answer.as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    })
}

/// Answers every request with this, and reports its head.
fn plain_server(answer: String, heads: mpsc::Sender<String>) -> u16 {
    server(move |mut stream| {
        let Some(head) = read_request(&mut stream) else {
            return;
        };
        // Nobody may want to know.
        let _ = heads.send(head);
        let _ = stream.write_all(answer.as_bytes());
    })
}

fn server(converse: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || listener.incoming().flatten().for_each(converse));
    port
}

/// The head of a request whose body is read as well; `None` where there is none.
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
