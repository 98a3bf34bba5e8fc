//! Every operation that a description in `specs/` has is served by its emulation.

use crate::common::{request, status};
use emulations::{Bookstore, Multiauth, Thingspace, VerizonEdge};
use reqwest::Method;

/// An operation as a description has it: method, path, and the name of its server.
struct Operation {
    method: Method,
    path: String,
    server: Option<String>,
}

/// The operations of a description that is indented by twos, as ours are.
fn operations(description: &str) -> Vec<Operation> {
    let mut found: Vec<Operation> = Vec::new();
    let (mut path, mut server) = (String::new(), None);
    let paths = description.lines().skip_while(|line| *line != "paths:").skip(1);
    for line in paths.take_while(|line| line.is_empty() || line.starts_with(' ')) {
        let (indent, line) = (line.len() - line.trim_start().len(), line.trim_start());
        if indent == 2 {
            (path, server) = (line.strip_suffix(':').unwrap().to_owned(), None);
        } else if let Some(name) = line.strip_prefix("x-evergrant-server: ").filter(|_| indent == 4) {
            server = Some(name.to_owned());
        } else if let "get:" | "post:" | "put:" | "delete:" = line {
            found.push(Operation {
                method: line.trim_end_matches(':').to_uppercase().parse().unwrap(),
                path: path.clone(),
                server: server.clone(),
            });
        }
    }
    found
}

/// Sends each without credentials: whatever is answered, it is not that there is no such thing.
async fn all_are_served(description: &str, count: usize, url: impl Fn(Option<&str>) -> String) {
    let operations = operations(description);
    assert_eq!(operations.len(), count);
    for Operation { method, path, server } in operations {
        let at = url(server.as_deref()) + &path.replace("{bookId}", "book-1");
        let got = status(request(method.clone(), at)).await;
        assert!(matches!(got, 200 | 401), "{method} {path} is answered {got}");
    }
}

#[tokio::test]
async fn multiauth() {
    let multiauth = Multiauth::start();
    let description = include_str!("../../../../specs/multiauth.yaml");
    all_are_served(description, 9, |_| multiauth.api_url()).await;
}

#[tokio::test]
async fn verizon_edge() {
    let verizon = VerizonEdge::start();
    let description = include_str!("../../../../specs/verizon-edge.yaml");
    all_are_served(description, 12, |server| match server {
        None => verizon.edge_url(),
        Some("Thingspace") => verizon.thingspace_url(),
        Some(other) => panic!("no server {other}"),
    })
    .await;
}

#[tokio::test]
async fn thingspace() {
    let thingspace = Thingspace::start();
    let description = include_str!("../../../../specs/thingspace.yaml");
    all_are_served(description, 10, |server| match server {
        None => thingspace.api_url(),
        Some("Registration") => thingspace.registration_url(),
        Some(other) => panic!("no server {other}"),
    })
    .await;
}

#[tokio::test]
async fn bookstore() {
    let bookstore = Bookstore::start();
    let description = include_str!("../../../../specs/bookstore.yaml");
    all_are_served(description, 8, |_| bookstore.api_url()).await;
}
