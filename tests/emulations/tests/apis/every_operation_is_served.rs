//! Every operation of the descriptions in `sdks/` is served by its emulation.

use crate::http_requests::{request, status};
use emulations::{Bookstore, Multiauth, Thingspace, VerizonEdge};
use reqwest::Method;

/// A described operation: method, path, and the name of its server.
struct Operation {
    method: Method,
    path: String,
    server: Option<String>,
}

/// Parses the operations of a description with an indentation of two spaces.
fn operations(description: &str) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    let (mut path, mut server) = (String::new(), None);
    let paths = description.lines().skip_while(|line| *line != "paths:").skip(1);
    for line in paths.take_while(|line| line.is_empty() || line.starts_with(' ')) {
        let (indent, line) = (line.len() - line.trim_start().len(), line.trim_start());
        if indent == 2 {
            (path, server) = (line.strip_suffix(':').unwrap().to_owned(), None);
        } else if let Some(name) = line.strip_prefix("x-evergrant-server: ").filter(|_| indent == 4) {
            server = Some(name.to_owned());
        } else if let "get:" | "post:" | "put:" | "delete:" = line {
            operations.push(Operation {
                method: line.trim_end_matches(':').to_uppercase().parse().unwrap(),
                path: path.clone(),
                server: server.clone(),
            });
        }
    }
    operations
}

/// Sends each operation without credentials, and expects 200 or 401.
async fn assert_all_served(description: &str, count: usize, url: impl Fn(Option<&str>) -> String) {
    let operations = operations(description);
    assert_eq!(operations.len(), count);
    for Operation { method, path, server } in operations {
        let url = url(server.as_deref()) + &path.replace("{bookId}", "book-1");
        let status = status(request(method.clone(), url)).await;
        assert!(matches!(status, 200 | 401), "{method} {path} returned {status}");
    }
}

#[tokio::test]
async fn multiauth() {
    let multiauth = Multiauth::start();
    let description = include_str!("../../../../sdks/multiauth.yaml");
    assert_all_served(description, 9, |_| multiauth.api_url()).await;
}

#[tokio::test]
async fn verizon_edge() {
    let verizon = VerizonEdge::start();
    let description = include_str!("../../../../sdks/verizon-edge.yaml");
    assert_all_served(description, 12, |server| match server {
        None => verizon.edge_url(),
        Some("Thingspace") => verizon.thingspace_url(),
        Some(other) => panic!("no server {other}"),
    })
    .await;
}

#[tokio::test]
async fn thingspace() {
    let thingspace = Thingspace::start();
    let description = include_str!("../../../../sdks/thingspace.yaml");
    assert_all_served(description, 10, |server| match server {
        None => thingspace.api_url(),
        Some("Registration") => thingspace.registration_url(),
        Some(other) => panic!("no server {other}"),
    })
    .await;
}

#[tokio::test]
async fn bookstore() {
    let bookstore = Bookstore::start();
    let description = include_str!("../../../../sdks/bookstore.yaml");
    assert_all_served(description, 8, |_| bookstore.api_url()).await;
}
