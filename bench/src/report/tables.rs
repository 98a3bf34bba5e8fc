//! The page: tables, and the plots between them.

use std::fmt::Write as _;

use super::{Measured, Told};
use crate::scenario::Scenario;

/// All of `RESULTS.md`.
pub(super) fn page(measured: &Measured) -> String {
    let mut page = String::new();
    head(&mut page, measured);
    tail(&mut page, &measured.tail);
    hot(&mut page, measured);
    scale(&mut page, measured);
    page
}

fn head(page: &mut String, measured: &Measured) {
    let machine = &measured.machine;
    page.push_str(
        "# Results\n\n\
         Written by a program; do not edit. How to run it again, what each scenario does and how each library is driven: \
         [README.md](README.md).\n\n\
         ```sh\ncargo run --release --manifest-path bench/Cargo.toml --bin results\n```\n\n",
    );
    let _ = writeln!(
        page,
        "Measured on {}: {}, {} cores, {} GiB, {}, {}. The machine is shared: compare within this page, not with other runs.\n",
        machine.date, machine.processor, machine.cores, machine.memory_gib, machine.system, machine.compiler
    );
    page.push_str("| subject | version |\n|---|---|\n");
    for (name, version) in &measured.subjects {
        let version = if version.is_empty() { "absent" } else { version };
        let _ = writeln!(page, "| {name} | {version} |");
    }
}

fn tail(page: &mut String, rows: &[Told]) {
    page.push_str(
        "\n## What callers go through\n\n\
         *Waited*: callers whose header was not there when their future was first polled (outside Rust: not within half of the \
         server's latency). *Requests*: token requests sent, granted or not.\n\n\
         ![The slowest of 200 callers while the server fails](results/t2.svg)\n\n\
         ![Token requests in an outage, and after late 401s](results/requests.svg)\n",
    );
    for scenario in Scenario::ALL {
        let of = |told: &&Told| told.row.scenario == scenario.name();
        let (absent, present): (Vec<&Told>, Vec<&Told>) = rows.iter().filter(of).partition(|told| told.absent);
        if present.is_empty() && absent.is_empty() {
            continue;
        }
        let _ = writeln!(page, "\n### {}: {}\n", scenario.name(), scenario.story());
        page.push_str("| subject | callers | requests | slowest, ms | waited | failed | outcome |\n|---|--:|--:|--:|--:|--:|---|\n");
        for Told { row, outcome, .. } in present {
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
        if !absent.is_empty() {
            page.push_str("\nNot here:\n\n");
        }
        for Told { row, outcome, .. } in absent {
            let _ = writeln!(page, "- {}: {outcome}", row.subject);
        }
    }
}

fn hot(page: &mut String, measured: &Measured) {
    page.push_str(
        "\n## The hot path\n\n\
         A cached, valid token into a request's headers. *Ratio*: to `ArcSwap::load` + a coarse clock read + an uncontended \
         `HeaderValue` clone, each on one thread. In brackets: primitives, measured in the same run. What the sum leaves out \
         of a call of evergrant: the insertion into the `HeaderMap`, and the reading of a second coarse clock, so that neither \
         a suspended machine nor a stepped clock makes a dead token look alive.\n\n\
         ![Nanoseconds a call](results/hot.svg)\n\n\
         | subject | threads | ns | allocations | ratio |\n|---|--:|--:|--:|--:|\n",
    );
    for figure in &measured.hot {
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

fn scale(page: &mut String, measured: &Measured) {
    page.push_str(
        "\n## Scale\n\n\
         Managers over one transport, one a tenant. Bytes are heap bytes each; the look-up is by name in a `HashMap`, header \
         included. An idle manager has no task, timer or thread.\n\n\
         | managers | bytes, no token | bytes, with a token of 200 characters | look-up, ns |\n|--:|--:|--:|--:|\n",
    );
    for figure in &measured.managers {
        let _ = writeln!(
            page,
            "| {} | {:.0} | {:.0} | {:.1} |",
            figure.managers, figure.bytes_without_token, figure.bytes_with_token, figure.lookup_ns
        );
    }
    page.push_str(
        "\nCalls on loopback, one after another on one connection, the kinds in turn; medians. A token of 200 characters \
         has to be sent and read, whoever adds it: the second row. The rest is the origin check, the copy kept for a replay, \
         and the path resolved below the base URL.\n\n\
         | calls | per second | overhead |\n|---|--:|--:|\n",
    );
    for figure in &measured.calls {
        let _ = writeln!(
            page,
            "| {} | {:.0} | {:.2}% |",
            figure.kind, figure.per_second, figure.overhead_percent
        );
    }
}
