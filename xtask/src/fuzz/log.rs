//! What libFuzzer says at the end of a run.

/// The figures of one run, as far as they are there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) executions: u64,
    pub(super) per_second: u64,
    pub(super) new_inputs: u64,
    /// How long a run took that came to its end.
    pub(super) seconds: Option<u64>,
}

impl Figures {
    pub(super) fn of(log: &str) -> Self {
        let mut figures = Self::default();
        for line in log.lines() {
            let number = |prefix: &str| line.strip_prefix(prefix)?.trim().parse().ok();
            if let Some(count) = number("stat::number_of_executed_units:") {
                figures.executions = count;
            } else if let Some(rate) = number("stat::average_exec_per_sec:") {
                figures.per_second = rate;
            } else if let Some(count) = number("stat::new_units_added:") {
                figures.new_inputs = count;
            } else if let Some((_, seconds)) = line.strip_prefix("Done ").and_then(|line| line.split_once(" runs in "))
            {
                figures.seconds = seconds.split(' ').next().and_then(|seconds| seconds.parse().ok());
            }
        }
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_those_at_the_end() {
        let log = "#2\tINITED cov: 9\nDone 1200 runs in 31 second(s)\nstat::number_of_executed_units: 1200\n\
                   stat::average_exec_per_sec:     38\nstat::new_units_added:          7\nstat::slowest_unit_time_sec:    0\n";
        let expected = Figures {
            executions: 1200,
            per_second: 38,
            new_inputs: 7,
            seconds: Some(31),
        };
        assert_eq!(Figures::of(log), expected);
    }

    #[test]
    fn a_run_with_a_finding_has_no_end() {
        let log = "==7== ERROR: libFuzzer: deadly signal\nartifact_prefix='a/'; Test unit written to a/crash-01\n";
        assert_eq!(Figures::of(log).seconds, None);
    }
}
