//! Server-sent events, over a connection to a listener of our own: each chunk of the response arrives as one.

mod server;
mod standard;

use std::cell::LazyCell;
use std::time::Duration;

use evergrant_sdk::describe::{Api, Operation, Requirement, Role, Server as ApiServer};
use evergrant_sdk::http::Method;
use evergrant_sdk::{Core, Settings, Untyped};
use tokio::runtime::{Builder, Runtime};

use self::server::Server;
use self::standard::Standard;
use crate::errors::assert_presentable;
use crate::input::Input;

/// How many lengths of chunks are told by the input's first bytes.
const CUTS: usize = 8;

/// What a stream gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) events: Vec<Said>,
    pub(super) failed: bool,
    /// What was said last of waiting, and of ids.
    pub(super) retry: Option<Duration>,
    pub(super) last_id: Option<String>,
}

/// An event, as this crate can make one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) event: Option<String>,
    pub(super) id: Option<String>,
    pub(super) retry: Option<Duration>,
    pub(super) data: String,
}

/// Events are those that the standard says, wherever the bytes are cut.
pub fn sse(data: &[u8]) {
    let mut input = Input::new(data);
    let cuts: Vec<usize> = (0..CUTS).map(|_| 1 + usize::from(input.byte())).collect();
    let body = input.rest();
    let mut pieces = Vec::new();
    let mut rest = body;
    for cut in cuts.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, others) = rest.split_at((*cut).min(rest.len()));
        pieces.push(piece.to_vec());
        rest = others;
    }
    let whole = read(vec![body.to_vec()]);
    assert!(!whole.failed, "no line is too long");
    assert_eq!(read(pieces), whole, "cut otherwise");
    assert_eq!(whole, Standard::default().read(body), "by the standard");
}

/// What is given for a response in these pieces.
fn read(pieces: Vec<Vec<u8>>) -> Given {
    WORLD.with(|world| {
        world.server.answer(pieces);
        world.runtime.block_on(async {
            let call = world.core.request(&OPERATION);
            let mut stream = call.events::<String, Untyped>(&[]).await.expect("the listener answers");
            let mut given = Given {
                events: Vec::new(),
                failed: false,
                retry: None,
                last_id: None,
            };
            while let Some(event) = stream.next().await {
                match event {
                    Ok(event) => given.events.push(Said {
 event: event.event, id: event.id, retry: event.retry, data: event.data }),
                    Err(error) => {
                        assert_presentable(&error);
                        given.failed = true;
                    }
                }
            }
            given.retry = stream.retry();
            given.last_id = stream.last_event_id().map(str::to_owned);
            given
        })
    })
}

struct World {
    runtime: Runtime,
    server: Server,
    core: Core,
}

thread_local! {
    /// One listener and one connection for all inputs.
    static WORLD: LazyCell<World> = LazyCell::new(|| {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let server = runtime.block_on(Server::start());
        let mut settings = Settings::new(&API);
        settings.server(0, &server.url);
        let core = settings.build().expect("settings that work");
        World { runtime, server, core }
    });
}

static API: Api = Api {
    name: "events",
    version: "1",
    environments: &["Testing"],
    servers: &[ApiServer {
        name: "default",
        setter: "base_url",
        role: Role::Api,
        urls: &[None],
    }],
    variables: &[],
    headers: &[],
    schemes: &[],
    requirements: &[Requirement {
        alternatives: &[],
        optional: true,
        allow_header_conflict: false,
    }],
};

static OPERATION: Operation = Operation {
    id: "events",
    method: Method::GET,
    path: "/events",
    server: 0,
    requirement: 0,
    accept: "text/event-stream",
};
