//! The machine and compiler of a run.

use std::fs;
use std::process::Command;
use std::thread;

use super::Machine;

impl Machine {
    /// Describes this machine, with the current date.
    pub fn detect() -> Self {
        Self {
            date: output_of("date", &["-u", "+%F"]),
            processor: field("/proc/cpuinfo", "model name"),
            cores: thread::available_parallelism().map_or(1, usize::from),
            memory_gib: kibibytes(&field("/proc/meminfo", "MemTotal")) / 1024 / 1024,
            system: output_of("uname", &["-srm"]),
            compiler: output_of("rustc", &["--version"]),
        }
    }
}

fn output_of(program: &str, arguments: &[&str]) -> String {
    match Command::new(program).args(arguments).output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Err(_) => format!("({program} is not available)"),
    }
}

fn field(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let value = line.and_then(|line| line.split_once(':'));
    value.map_or_else(|| "(unknown)".to_owned(), |(_, value)| value.trim().to_owned())
}

fn kibibytes(text: &str) -> u64 {
    let number = text.split_whitespace().next().and_then(|number| number.parse().ok());
    number.unwrap_or(0)
}
