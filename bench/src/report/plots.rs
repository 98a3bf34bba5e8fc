//! The plots: horizontal bars on a logarithmic scale, one group a subject.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Measured;
use crate::scenario::Scenario;

/// Bars of one kind: a value for each subject, where there is one.
struct Series<'a> {
    label: &'a str,
    values: Vec<Option<f64>>,
}

const COLOURS: [RGBColor; 3] = [RGBColor(38, 105, 160), RGBColor(214, 120, 40), RGBColor(110, 150, 70)];
const WIDTH: u32 = 900;
const HEAD: u32 = 64;
const FOOT: u32 = 44;
const BAR: u32 = 17;

pub(super) fn write(measured: &Measured, folder: &Path) -> Result<()> {
    let names: Vec<&str> = measured.subjects.iter().map(|(name, _)| name.as_str()).collect();
    let tail = |scenario: Scenario, label, value: fn(&crate::row::Row) -> f64| Series {
        label,
        values: names
            .iter()
            .map(|name| {
                let mut told = measured.tail.iter().filter(|told| !told.absent);
                let told = told.find(|told| told.row.scenario == scenario.name() && told.row.subject == *name);
                told.map(|told| value(&told.row))
            })
            .collect(),
    };
    let requests = |scenario, label| tail(scenario, label, |row| row.token_requests as f64);
    let hot = |threads, label| Series {
        label,
        values: names
            .iter()
            .map(|name| {
                let of = |figure: &&crate::hot::Hot| figure.subject == *name && figure.threads == threads;
                measured.hot.iter().find(of).map(|figure| figure.ns)
            })
            .collect(),
    };
    bars(
        &folder.join("t2.svg"),
        "T2: cold start and a failing server; the slowest of 200 callers, ms",
        &names,
        &[tail(Scenario::T2, "slowest caller", |row| row.slowest_ms)],
    )?;
    bars(
        &folder.join("requests.svg"),
        "Token requests",
        &names,
        &[
            requests(Scenario::T2, "T2: cold, failing"),
            requests(Scenario::T3, "T3: renewal due, failing"),
            requests(Scenario::T5, "T5: 50 late 401s"),
        ],
    )?;
    bars(
        &folder.join("hot.svg"),
        "A cached token into a header, ns a call on each thread",
        &names,
        &[hot(1, "one thread"), hot(2, "two threads")],
    )
}

/// Subjects without any value are left out.
fn bars(file: &Path, title: &str, names: &[&str], series: &[Series<'_>]) -> Result<()> {
    let shown: Vec<usize> = (0..names.len())
        .filter(|&place| series.iter().any(|series| series.values[place].is_some()))
        .collect();
    let group = BAR * series.len() as u32 + 10;
    let height = HEAD + FOOT + group * shown.len() as u32;
    let root = SVGBackend::new(file, (WIDTH, height)).into_drawing_area();
    draw(&root, title, names, series, &shown).map_err(|error| anyhow!("cannot draw {}: {error}", file.display()))
}

fn draw(
    root: &DrawingArea<SVGBackend<'_>, Shift>,
    title: &str,
    names: &[&str],
    series: &[Series<'_>],
    shown: &[usize],
) -> Result<(), Box<dyn std::error::Error>> {
    root.fill(&WHITE)?;
    let values = series.iter().flat_map(|series| series.values.iter().flatten());
    let most = values.fold(1.0, |most: f64, value| most.max(*value));
    let body = root.margin(HEAD, 0, 10, 90);
    let mut chart = ChartBuilder::on(&body)
        .set_label_area_size(LabelAreaPosition::Left, 200)
        .set_label_area_size(LabelAreaPosition::Bottom, FOOT)
        .build_cartesian_2d((LEAST..most.max(10.0)).log_scale(), 0.0..shown.len() as f64)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .y_labels(0)
        .disable_y_axis()
        .draw()?;
    root.draw(&Text::new(title.to_owned(), (14, 12), ("sans-serif", 18)))?;
    let small = ("sans-serif", 13).into_font();
    for (place, one) in series.iter().enumerate() {
        let left = 14 + 230 * place as i32;
        root.draw(&Rectangle::new([(left, 42), (left + 12, 54)], COLOURS[place].filled()))?;
        root.draw(&Text::new(one.label.to_owned(), (left + 18, 41), small.clone()))?;
    }
    let name_style = TextStyle::from(small.clone()).pos(Pos::new(HPos::Right, VPos::Center));
    let value_style = TextStyle::from(small).pos(Pos::new(HPos::Left, VPos::Center));
    for (row, &subject) in shown.iter().rev().enumerate() {
        let middle = row as f64 + 0.5;
        let (left, centre) = chart.backend_coord(&(LEAST, middle));
        root.draw(&Text::new(
            names[subject].to_owned(),
            (left - 8, centre),
            name_style.clone(),
        ))?;
        for (place, one) in series.iter().enumerate() {
            let Some(value) = one.values[subject] else {
                continue;
            };
            let width = 0.86 / series.len() as f64;
            let top = middle + 0.43 - width * place as f64;
            let bar = [(LEAST, top), (value.max(LEAST), top - width)];
            chart.draw_series([Rectangle::new(bar, COLOURS[place].filled())])?;
            let (right, centre) = chart.backend_coord(&(value.max(LEAST), top - width / 2.0));
            root.draw(&Text::new(shortened(value), (right + 5, centre), value_style.clone()))?;
        }
    }
    root.present()?;
    Ok(())
}

/// Where the axis begins.
const LEAST: f64 = 0.5;

fn shortened(value: f64) -> String {
    if value < 10.0 && value.fract() != 0.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}
