//! What labels say, and what they do not; and that the front page knows of every metric.

use std::collections::BTreeMap;
use std::sync::Mutex;

use evergrant::ReplayOutcome;
use evergrant_testing::Answer;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use crate::exporter::Exporter;
use crate::support::{CLIENT, Mood, SECRET, World, ask, common, seconds, value};

const LABELS: [(&str, &[&str]); 4] = [
    (
        "outcome",
        &[
            "ok",
            "adopted",
            "remembered",
            "refused",
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
    ("reason", &["missing", "expired", "renewal", "rejected", "asked"]),
    ("operation", &["load", "lease", "save", "release", "replay_refused"]),
    (
        "kind",
        &["unavailable", "timeout", "refused", "contended", "unusable", "other"],
    ),
];

#[tokio::test]
async fn labels_have_few_values_and_none_is_an_id_an_address_or_a_token() {
    let exporter = Exporter::new();
    let _listening = exporter.listen();
    evergrant::describe_metrics();
    let world = World::new();
    let members = world.members(3);
    let mut secrets = vec![common(&members).await, CLIENT.to_owned(), SECRET.to_owned()];
    secrets.push(world.auth.token_url().trim_start_matches("http://").to_owned());
    secrets.push("127.0.0.1".to_owned());
    secrets.push(members[0].store_key().unwrap().to_string());
    for member in &members {
        let generation = member.token().await.unwrap().generation();
        member.reject(generation);
        let renewed = member.token().await.unwrap();
        secrets.push(value(&renewed));
        member.replayed(renewed.generation(), ReplayOutcome::Refused);
    }
    world.clock.advance(seconds(3600));
    world
        .auth
        .always(Answer::new(400).json(r#"{"error":"invalid_scope","error_description":"no bookshop"}"#));
    ask(&members).await;
    world.clock.advance(seconds(3600));
    world.store.is(Mood::Failing);
    let asked = tokio::spawn(async move { ask(&members).await });
    world.pass_until(seconds(1), || asked.is_finished()).await;
    asked.await.unwrap();

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
            // The exporter's own.
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
fn the_front_page_names_every_metric_that_is_described() {
    let descriptions = Descriptions::default();
    metrics::with_local_recorder(&descriptions, evergrant::describe_metrics);
    let documented: BTreeMap<_, _> = include_str!("../../src/lib.rs")
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
    fn note(&self, name: &KeyName, kind: &str) {
        self.0.lock().unwrap().insert(name.as_str().to_owned(), kind.to_owned());
    }
}

impl Recorder for Descriptions {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        assert!(name.as_str().ends_with("_total") && unit == Some(Unit::Count));
        self.note(&name, "counter");
    }

    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.note(&name, "gauge");
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        assert!(name.as_str().ends_with("_seconds") && unit == Some(Unit::Seconds));
        self.note(&name, "histogram");
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
