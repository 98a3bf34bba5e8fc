//! The statistics that libFuzzer prints at the end of a run.

/// The statistics of one run. Missing counts are zero.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RunStatistics {
    pub(super) executions: u64,
    pub(super) per_second: u64,
    pub(super) new_inputs: u64,
    /// Duration of the run; `None` if it did not complete.
    pub(super) seconds: Option<u64>,
}

impl RunStatistics {
    pub(super) fn parse(log: &str) -> Self {
        let mut statistics = Self::default();
        for line in log.lines() {
            let number = |prefix: &str| line.strip_prefix(prefix)?.trim().parse().ok();
            if let Some(count) = number("stat::number_of_executed_units:") {
                statistics.executions = count;
            } else if let Some(rate) = number("stat::average_exec_per_sec:") {
                statistics.per_second = rate;
            } else if let Some(count) = number("stat::new_units_added:") {
                statistics.new_inputs = count;
            } else if let Some((_, seconds)) = line.strip_prefix("Done ").and_then(|line| line.split_once(" runs in "))
            {
                statistics.seconds = seconds.split(' ').next().and_then(|seconds| seconds.parse().ok());
            }
        }
        statistics
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statistics_are_read_from_the_end_of_the_log() {
        let log = "#2\tINITED cov: 9\nDone 1200 runs in 31 second(s)\nstat::number_of_executed_units: 1200\n\
                   stat::average_exec_per_sec:     38\nstat::new_units_added:          7\nstat::slowest_unit_time_sec:    0\n";
        let expected = RunStatistics {
            executions: 1200,
            per_second: 38,
            new_inputs: 7,
            seconds: Some(31),
        };
        assert_eq!(RunStatistics::parse(log), expected);
    }

    #[test]
    fn a_run_with_a_finding_is_incomplete() {
        let log = "==7== ERROR: libFuzzer: deadly signal\nartifact_prefix='a/'; Test unit written to a/crash-01\n";
        assert_eq!(RunStatistics::parse(log).seconds, None);
    }
}
