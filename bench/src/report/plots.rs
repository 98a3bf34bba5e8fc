//! The plots: horizontal bars on a logarithmic scale, one group per subject.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Results;
use crate::scenario_names::Scenario;

/// Bars of one kind: an optional value for each subject.
struct Series<'a> {
    label: &'a str,
    values: Vec<Option<f64>>,
}

const COLOURS: [RGBColor; 3] = [RGBColor(38, 105, 160), RGBColor(214, 120, 40), RGBColor(110, 150, 70)];
const WIDTH: u32 = 900;
const HEAD: u32 = 64;
const FOOT: u32 = 44;
const BAR: u32 = 17;

pub(super) fn write(results: &Results, folder: &Path) -> Result<()> {
    let names: Vec<&str> = results.subjects.iter().map(|(name, _)| name.as_str()).collect();
    let tail = |scenario: Scenario, label, value: fn(&crate::result_row::Row) -> f64| Series {
        label,
        values: names
            .iter()
            .map(|name| {
                let mut applicable = results.tail.iter().filter(|result| !result.not_applicable);
                let result =
                    applicable.find(|result| result.row.scenario == scenario.name() && result.row.subject == *name);
                result.map(|result| value(&result.row))
            })
            .collect(),
    };
    let requests = |scenario, label| tail(scenario, label, |row| row.token_requests as f64);
    let hot = |threads, label| Series {
        label,
        values: names
            .iter()
            .map(|name| {
                let is_match =
                    |figure: &&crate::hot_path::HotPathFigure| figure.subject == *name && figure.threads == threads;
                results.hot.iter().find(is_match).map(|figure| figure.ns)
            })
            .collect(),
    };
    bars(
        &folder.join("slowest-caller-in-outage.svg"),
        "T2: cold start and a failing server; the slowest of 200 callers, ms",
        &names,
        &[tail(Scenario::T2, "slowest caller", |row| row.slowest_ms)],
    )?;
    bars(
        &folder.join("token-requests-in-outages.svg"),
        "Token requests",
        &names,
        &[
            requests(Scenario::T2, "T2: cold, failing"),
            requests(Scenario::T3, "T3: renewal due, failing"),
            requests(Scenario::T5, "T5: 50 late 401s"),
        ],
    )?;
    bars(
        &folder.join("hot-path-nanoseconds.svg"),
        "Adding a cached token to a header, ns per call on each thread",
        &names,
        &[hot(1, "one thread"), hot(2, "two threads")],
    )
}

/// Draws the bars of all subjects that have a value.
fn bars(file: &Path, title: &str, names: &[&str], series: &[Series<'_>]) -> Result<()> {
    let rows: Vec<usize> = (0..names.len())
        .filter(|&index| series.iter().any(|series| series.values[index].is_some()))
        .collect();
    let group = BAR * series.len() as u32 + 10;
    let height = HEAD + FOOT + group * rows.len() as u32;
    let root = SVGBackend::new(file, (WIDTH, height)).into_drawing_area();
    draw(&root, title, names, series, &rows).map_err(|error| anyhow!("cannot draw {}: {error}", file.display()))
}

fn draw(
    root: &DrawingArea<SVGBackend<'_>, Shift>,
    title: &str,
    names: &[&str],
    series: &[Series<'_>],
    rows: &[usize],
) -> Result<(), Box<dyn std::error::Error>> {
    root.fill(&WHITE)?;
    let values = series.iter().flat_map(|series| series.values.iter().flatten());
    let maximum = values.fold(1.0, |maximum: f64, value| maximum.max(*value));
    let body = root.margin(HEAD, 0, 10, 90);
    let mut chart = ChartBuilder::on(&body)
        .set_label_area_size(LabelAreaPosition::Left, 200)
        .set_label_area_size(LabelAreaPosition::Bottom, FOOT)
        .build_cartesian_2d((AXIS_START..maximum.max(10.0)).log_scale(), 0.0..rows.len() as f64)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .y_labels(0)
        .disable_y_axis()
        .draw()?;
    root.draw(&Text::new(title.to_owned(), (14, 12), ("sans-serif", 18)))?;
    let small = ("sans-serif", 13).into_font();
    for (index, one) in series.iter().enumerate() {
        let left = 14 + 230 * index as i32;
        root.draw(&Rectangle::new([(left, 42), (left + 12, 54)], COLOURS[index].filled()))?;
        root.draw(&Text::new(one.label.to_owned(), (left + 18, 41), small.clone()))?;
    }
    let name_style = TextStyle::from(small.clone()).pos(Pos::new(HPos::Right, VPos::Center));
    let value_style = TextStyle::from(small).pos(Pos::new(HPos::Left, VPos::Center));
    for (row, &subject) in rows.iter().rev().enumerate() {
        let middle = row as f64 + 0.5;
        let (left, centre) = chart.backend_coord(&(AXIS_START, middle));
        root.draw(&Text::new(
            names[subject].to_owned(),
            (left - 8, centre),
            name_style.clone(),
        ))?;
        for (index, one) in series.iter().enumerate() {
            let Some(value) = one.values[subject] else {
                continue;
            };
            let width = 0.86 / series.len() as f64;
            let top = middle + 0.43 - width * index as f64;
            let bar = [(AXIS_START, top), (value.max(AXIS_START), top - width)];
            chart.draw_series([Rectangle::new(bar, COLOURS[index].filled())])?;
            let (right, centre) = chart.backend_coord(&(value.max(AXIS_START), top - width / 2.0));
            root.draw(&Text::new(
                format_value(value),
                (right + 5, centre),
                value_style.clone(),
            ))?;
        }
    }
    root.present()?;
    Ok(())
}

/// The first value of the axis.
const AXIS_START: f64 = 0.5;

fn format_value(value: f64) -> String {
    if value < 10.0 && value.fract() != 0.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}
