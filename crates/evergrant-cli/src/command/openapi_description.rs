//! Reads a description from a file or standard input, and applies the overlays.

use std::path::Path;

use evergrant_openapi::{Document, Generator};

use crate::arguments::DescriptionArgs;
use crate::failure::Failure;

/// Returns a generator for the description with its overlays.
pub(super) fn generator(args: &DescriptionArgs) -> Result<Generator, Failure> {
    let mut document = read(&args.spec)?;
    for overlay in &args.overlays {
        document.overlay(overlay)?;
    }
    let generator = Generator::new(document);
    Ok(match &args.name {
        Some(name) => generator.name(name),
        None => generator,
    })
}

fn read(path: &Path) -> Result<Document, Failure> {
    if path != Path::new("-") {
        return Ok(Document::read(path)?);
    }
    let stdin = std::io::stdin().lock();
    Ok(Document::read_from("the description on standard input", stdin)?)
}
