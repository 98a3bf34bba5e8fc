//! The text of `RESULTS.md`: tables and plots.

use std::fmt::Write as _;

use super::{Results, TailResult};
use crate::cli_run_time::ProgramFigures;
use crate::cpu_instructions::CallInstructions;
use crate::scenario_names::Scenario;

/// Renders `RESULTS.md`.
pub(super) fn page(results: &Results) -> String {
    let mut page = String::new();
    head(&mut page, results);
    tail(&mut page, &results.tail);
    hot(&mut page, results);
    scale(&mut page, results);
    if let Some(counted) = &results.instructions {
        instructions(&mut page, counted);
    }
    if !results.program.is_empty() {
        program(&mut page, &results.program);
    }
    page
}

fn head(page: &mut String, results: &Results) {
    let machine = &results.machine;
    page.push_str(
        "# Results\n\n\
         This file is generated; do not edit it. [README.md](README.md) describes the scenarios and how each library is used. \
         To run the benchmarks again:\n\n\
         ```sh\ncargo run --release --manifest-path bench/Cargo.toml --bin results\n```\n\n",
    );
    let _ = writeln!(
        page,
        "Measured on {}: {}, {} cores, {} GiB, {}, {}. The machine is shared: compare figures within this file, not with other runs.\n",
        machine.date, machine.processor, machine.cores, machine.memory_gib, machine.system, machine.compiler
    );
    page.push_str("| subject | version |\n|---|---|\n");
    for (name, version) in &results.subjects {
        let version = if version.is_empty() { "not available" } else { version };
        let _ = writeln!(page, "| {name} | {version} |");
    }
}

fn tail(page: &mut String, rows: &[TailResult]) {
    page.push_str(
        "\n## Tail behaviour\n\n\
         *Waited*: callers whose header was not available at the first poll of their future (for other languages: not within \
         half of the server's latency). *Requests*: token requests sent, successful or not.\n\n\
         ![The slowest of 200 callers while the server fails](results/slowest-caller-in-outage.svg)\n\n\
         ![Token requests in an outage, and after late 401s](results/token-requests-in-outages.svg)\n",
    );
    for scenario in Scenario::ALL {
        let results = rows.iter().filter(|result| result.row.scenario == scenario.name());
        let (omitted, applicable): (Vec<&TailResult>, Vec<&TailResult>) =
            results.partition(|result| result.not_applicable);
        if applicable.is_empty() && omitted.is_empty() {
            continue;
        }
        let _ = writeln!(page, "\n### {}: {}\n", scenario.name(), scenario.description());
        page.push_str("| subject | callers | requests | slowest, ms | waited | failed | outcome |\n|---|--:|--:|--:|--:|--:|---|\n");
        for TailResult { row, outcome, .. } in applicable {
            let _ = writeln!(
                page,
                "| {} | {} | {} | {:.2} | {} | {} | {} |",
                row.subject,
                row.callers,
                row.token_requests,
                row.slowest_ms,
                row.waited,
                row.failed,
                outcome.replace('|', "\\|")
            );
        }
        if !omitted.is_empty() {
            page.push_str("\nNot applicable:\n\n");
        }
        for TailResult { row, outcome, .. } in omitted {
            let _ = writeln!(page, "- {}: {outcome}", row.subject);
        }
    }
}

fn hot(page: &mut String, results: &Results) {
    page.push_str(
        "\n## The hot path\n\n\
         Adds a cached, valid token to a request's headers. *Ratio*: to the sum of `ArcSwap::load`, a coarse clock read and an \
         uncontended `HeaderValue` clone on one thread. Primitives, measured in the same run, are in parentheses. A call to \
         evergrant also inserts into the `HeaderMap` and reads a second coarse clock, so that an expired token does not look \
         valid after a suspension of the machine or a step of the clock.\n\n\
         ![Nanoseconds per call](results/hot-path-nanoseconds.svg)\n\n\
         | subject | threads | ns | allocations | ratio |\n|---|--:|--:|--:|--:|\n",
    );
    for figure in &results.hot {
        let allocations = figure
            .allocations
            .map_or("not counted".to_owned(), |count| format!("{count:.0}"));
        let _ = writeln!(
            page,
            "| {} | {} | {:.1} | {allocations} | {:.2} |",
            figure.subject, figure.threads, figure.ns, figure.ratio
        );
    }
}

fn scale(page: &mut String, results: &Results) {
    page.push_str(
        "\n## Scale\n\n\
         Managers with one shared transport, one manager per tenant. Bytes are heap bytes per manager; the look-up is by name in a \
         `HashMap` and includes adding the header. An idle manager has no task, timer or thread.\n\n\
         | managers | bytes without token | bytes with a token of 200 characters | look-up, ns |\n|--:|--:|--:|--:|\n",
    );
    for figure in &results.managers {
        let _ = writeln!(
            page,
            "| {} | {:.0} | {:.0} | {:.1} |",
            figure.managers, figure.bytes_without_token, figure.bytes_with_token, figure.lookup_ns
        );
    }
    page.push_str(
        "\nMedians of sequential calls on loopback, one connection per kind, the kinds alternating. The second row shows the \
         cost of sending and reading a token of 200 characters.\n\n\
         | calls | per second | overhead |\n|---|--:|--:|\n",
    );
    for figure in &results.calls {
        let _ = writeln!(
            page,
            "| {} | {:.0} | {:.2}% |",
            figure.kind, figure.per_second, figure.overhead_percent
        );
    }
}

fn instructions(page: &mut String, counted: &CallInstructions) {
    page.push_str(
        "\n## Instructions of a call\n\n\
         Instructions in user space of one GET request on loopback, from the request to the end of its response, on one \
         connection and a runtime with one thread. *Over bare* and *over fixed*: more than the call of the same version of \
         reqwest without a header, and with a fixed bearer token. reqwest parses the URL of each call; evergrant-reqwest \
         appends a path to a parsed base URL, and checks that it stays below. azure_core sends through its pipeline, and \
         middle over reqwest 0.12.\n\n\
         | calls | instructions | over bare | over fixed | ratio to evergrant-reqwest |\n|---|--:|--:|--:|--:|\n",
    );
    for figure in &counted.calls {
        let _ = writeln!(
            page,
            "| {} | {:.0} | {:.0} | {:.0} | {:.3} |",
            figure.subject, figure.instructions, figure.over_bare, figure.over_fixed, figure.ratio
        );
    }
    page.push_str("\nThe sizes of futures, which an application stores for each concurrent call:\n\n| future | bytes |\n|---|--:|\n");
    for size in &counted.future_sizes {
        let _ = writeln!(page, "| {} | {} |", size.future, size.bytes);
    }
}

fn program(page: &mut String, figures: &[ProgramFigures]) {
    page.push_str(
        "\n## The program\n\n\
         Run time from the start of the process to its end, the commands alternating. The token is fetched from a server on \
         loopback.\n\n\
         | command | runs | median, ms | fastest, ms |\n|---|--:|--:|--:|\n",
    );
    for figure in figures {
        let _ = writeln!(
            page,
            "| {} | {} | {:.1} | {:.1} |",
            figure.command, figure.runs, figure.median_ms, figure.fastest_ms
        );
    }
}
