//! Label values, and the documentation of metrics.

use std::collections::BTreeMap;
use std::sync::Mutex;

use evergrant::ReplayOutcome;
use evergrant_testing::MockResponse;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use super::prometheus_recorder::Exporter;
use crate::process_fleet::support::{CLIENT, Fixture, Mode, SECRET, common_token, request_tokens, seconds, value};

const LABELS: [(&str, &[&str]); 4] = [
    (
        "outcome",
        &[
            "ok",
            "adopted",
            "shared_failure",
            "rejected",
            "rate_limited",
            "server_error",
            "invalid_response",
            "unreachable",
            "timeout",
            "other",
            "failed",
            "abandoned",
            "accepted",
            "superseded",
            "suppressed",
            "acquired",
            "held",
            "lost",
        ],
    ),
    ("reason", &["missing", "expired", "renewal", "rejected", "requested"]),
    ("operation", &["load", "lease", "save", "release", "replay_rejected"]),
    (
        "kind",
        &["unavailable", "timeout", "rejected", "contended", "unusable", "other"],
    ),
];

#[tokio::test]
async fn labels_have_few_values_and_no_identifiers() {
    let exporter = Exporter::new();
    let _recorder = exporter.install();
    evergrant::describe_metrics();
    let fixture = Fixture::new();
    let processes = fixture.processes(3);
    let mut secrets = vec![common_token(&processes).await, CLIENT.to_owned(), SECRET.to_owned()];
    secrets.push(fixture.auth.token_url().trim_start_matches("http://").to_owned());
    secrets.push("127.0.0.1".to_owned());
    secrets.push(processes[0].store_key().unwrap().to_string());
    for process in &processes {
        let generation = process.token().await.unwrap().generation();
        process.reject(generation);
        let renewed = process.token().await.unwrap();
        secrets.push(value(&renewed));
        process.report_replay(renewed.generation(), ReplayOutcome::Rejected);
    }
    fixture.clock.advance(seconds(3600));
    fixture
        .auth
        .always(MockResponse::new(400).json(r#"{"error":"invalid_scope","error_description":"no bookshop"}"#));
    request_tokens(&processes).await;
    fixture.clock.advance(seconds(3600));
    fixture.store.set_mode(Mode::Failing);
    let call = tokio::spawn(async move { request_tokens(&processes).await });
    fixture.advance_until(seconds(1), || call.is_finished()).await;
    call.await.unwrap();

    let text = exporter.text();
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret} in\n{text}");
    }
    let mut seen = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((_, labels)) = line.split_once('{') else {
            continue;
        };
        for label in labels.split_once('}').unwrap().0.split(',') {
            let (name, value) = label.split_once('=').unwrap();
            let value = value.trim_matches('"');
            // A label of the exporter.
            if name == "quantile" {
                continue;
            }
            let (_, values) = LABELS.iter().find(|(known, _)| *known == name).unwrap();
            assert!(values.contains(&value), "{line}");
            seen += 1;
        }
    }
    assert!(seen > 15, "{text}");
}

#[test]
fn every_metric_is_documented() {
    let descriptions = Descriptions::default();
    metrics::with_local_recorder(&descriptions, evergrant::describe_metrics);
    let documented: BTreeMap<_, _> = include_str!("../../../src/lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `evergrant_"))
        .map(|row| {
            let mut cells = row.split('|').map(str::trim);
            let name = format!("evergrant_{}", cells.next().unwrap().trim_matches('`'));
            (name, cells.next().unwrap().to_owned())
        })
        .collect();
    assert_eq!(*descriptions.0.lock().unwrap(), documented);
}

/// The kind of each metric by its name.
#[derive(Debug, Default)]
struct Descriptions(Mutex<BTreeMap<String, String>>);

impl Descriptions {
    fn insert(&self, name: &KeyName, kind: &str) {
        self.0.lock().unwrap().insert(name.as_str().to_owned(), kind.to_owned());
    }
}

impl Recorder for Descriptions {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        assert!(name.as_str().ends_with("_total") && unit == Some(Unit::Count));
        self.insert(&name, "counter");
    }

    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.insert(&name, "gauge");
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        assert!(name.as_str().ends_with("_seconds") && unit == Some(Unit::Seconds));
        self.insert(&name, "histogram");
    }

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
