//! Server-sent events over a connection to a local listener, which sends each chunk of the response separately.

mod reference_parser;
mod server;

use std::cell::LazyCell;
use std::time::Duration;

use evergrant_sdk::metadata::{Api, Operation, Requirement, Role, Server as ApiServer};
use evergrant_sdk::{Core, Settings, Untyped};
use tokio::runtime::{Builder, Runtime};

use self::reference_parser::ReferenceParser;
use self::server::Server;
use crate::error_display::assert_presentable;
use crate::fuzz_input::Input;

/// Number of chunk lengths in the first bytes of the input.
const CHUNK_LENGTHS: usize = 8;

/// The output of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct StreamOutput {
    pub(super) events: Vec<ReceivedEvent>,
    pub(super) failed: bool,
    /// The last retry time and the last event id.
    pub(super) retry: Option<Duration>,
    pub(super) last_id: Option<String>,
}

/// A received event.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ReceivedEvent {
    pub(super) event: Option<String>,
    pub(super) id: Option<String>,
    pub(super) retry: Option<Duration>,
    pub(super) data: String,
}

/// The events are those of the standard, for any division into chunks.
pub fn server_sent_events(data: &[u8]) {
    let mut input = Input::new(data);
    let lengths: Vec<usize> = (0..CHUNK_LENGTHS).map(|_| 1 + usize::from(input.byte())).collect();
    let body = input.rest();
    let mut chunks = Vec::new();
    let mut rest = body;
    for length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (chunk, others) = rest.split_at((*length).min(rest.len()));
        chunks.push(chunk.to_vec());
        rest = others;
    }
    let whole = read(vec![body.to_vec()]);
    assert!(!whole.failed, "no line exceeds the limit");
    assert_eq!(read(chunks), whole, "with other chunks");
    assert_eq!(whole, ReferenceParser::default().read(body), "as in the standard");
}

/// Reads the events of a response in these chunks.
fn read(chunks: Vec<Vec<u8>>) -> StreamOutput {
    FIXTURE.with(|fixture| {
        fixture.server.respond(chunks);
        fixture.runtime.block_on(async {
            let call = fixture.core.request(&OPERATION);
            let mut stream = call
                .events::<String, Untyped>(&[])
                .await
                .expect("a response of the listener");
            let mut output = StreamOutput {
                events: Vec::new(),
                failed: false,
                retry: None,
                last_id: None,
            };
            while let Some(event) = stream.next().await {
                match event {
                    Ok(event) => output.events.push(ReceivedEvent {
                        event: event.event,
                        id: event.id,
                        retry: event.retry,
                        data: event.data,
                    }),
                    Err(error) => {
                        assert_presentable(&error);
                        output.failed = true;
                    }
                }
            }
            output.retry = stream.retry();
            output.last_id = stream.last_event_id().map(str::to_owned);
            output
        })
    })
}

struct Fixture {
    runtime: Runtime,
    server: Server,
    core: Core,
}

thread_local! {
    /// One listener and one connection for all inputs.
    static FIXTURE: LazyCell<Fixture> = LazyCell::new(|| {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let server = runtime.block_on(Server::start());
        let mut settings = Settings::new(&API);
        settings.server(0, &server.url);
        let core = settings.build().expect("valid settings");
        Fixture { runtime, server, core }
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
    method: "GET",
    path: "/events",
    server: 0,
    requirement: 0,
    accept: "text/event-stream",
};
