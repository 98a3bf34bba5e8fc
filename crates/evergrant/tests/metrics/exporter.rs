//! A recorder for one test, and what it shows.

use metrics::LocalRecorderGuard;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

pub(crate) struct Exporter(PrometheusRecorder);

impl Exporter {
    pub(crate) fn new() -> Self {
        Self(PrometheusBuilder::new().build_recorder())
    }

    /// Records what this thread does, and so all tasks of the test.
    pub(crate) fn listen(&self) -> LocalRecorderGuard<'_> {
        metrics::set_default_local_recorder(&self.0)
    }

    pub(crate) fn text(&self) -> String {
        self.0.handle().render()
    }

    /// Zero for a series that has not begun.
    pub(crate) fn value(&self, series: &str) -> f64 {
        let text = self.text();
        let value = text
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.map_or(0.0, |value| value.parse().unwrap())
    }

    #[track_caller]
    pub(crate) fn shows(&self, expected: &[(&str, f64)]) {
        for (series, value) in expected {
            assert_eq!(self.value(series), *value, "{series}\n{}", self.text());
        }
    }
}
