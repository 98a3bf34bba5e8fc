//! `evergrant login --device`: a user signs in on another device.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};

use evergrant_testing::AuthServer;

use crate::support::Fixture;

const CLIENT: &str = "shop-cli";

fn fixture() -> Fixture {
    let server = AuthServer::builder()
        .public_client(CLIENT)
        .user("reader", "not-a-real-password")
        .device_authorization()
        .device_interval(1);
    Fixture::with_server(server.start())
}

/// Starts a login, and returns it with the code for the user.
fn login(fixture: &Fixture, client: &[&str]) -> (Child, String, BufReader<std::process::ChildStderr>) {
    let mut command = fixture.command(&[&["login", "--device"], client].concat());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut lines = Vec::new();
    while lines.len() < 6 {
        let mut line = String::new();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "{lines:?}");
        lines.push(line.trim().to_owned());
    }
    assert!(lines[1].ends_with("/device"), "{lines:?}");
    assert!(lines[5].contains(&lines[3]), "{lines:?}");
    (child, lines[3].clone(), stderr)
}

#[test]
fn a_user_signs_in_on_another_device_and_calls() {
    let fixture = fixture();
    let issuer = fixture.auth.issuer();
    let urls = [fixture.auth.token_url(), fixture.auth.device_authorization_url()];
    let by_issuer = ["--issuer", &*issuer, "--client-id", CLIENT];
    let by_urls = [
        "--token-url",
        &*urls[0],
        "--device-authorization-url",
        &*urls[1],
        "--client-id",
        CLIENT,
    ];
    for client in [&by_issuer[..], &by_urls[..]] {
        let (mut child, code, mut stderr) = login(&fixture, client);
        fixture.auth.approve_device(&code);
        let status = child.wait().unwrap();
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        assert!(status.success() && rest.contains("Signed in."), "{rest}");
        let extra: &[&str] = match client.contains(&"--issuer") {
            true => &["--grant-type", "authorization_code"],
            false => &[],
        };
        let token = fixture.run_raw(&[&["token"], client, extra].concat(), "").success();
        let issued = fixture.auth.introspect(token.trim()).unwrap();
        assert_eq!(issued.username.as_deref(), Some("reader"));
    }
}

#[test]
fn a_denied_login_fails_and_stores_nothing() {
    let fixture = fixture();
    let issuer = fixture.auth.issuer();
    let client = ["--issuer", &*issuer, "--client-id", CLIENT];
    let (mut child, code, mut stderr) = login(&fixture, &client);
    fixture.auth.deny_device(&code);
    let status = child.wait().unwrap();
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert!(
        status.code() == Some(3) && rest.contains("access_denied"),
        "{status} {rest}"
    );
    let token = [&["token"], &client[..], &["--grant-type", "authorization_code"]].concat();
    fixture.run_raw(&token, "").failure(3);
}
