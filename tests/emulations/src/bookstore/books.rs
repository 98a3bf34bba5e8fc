//! Operations on books.

use std::collections::BTreeMap;

use evergrant_testing::{MockResponse, RouteRequest};
use serde_json::{Value, json};

use super::{State, bad_request, number, problem, require_key};
use crate::routing_and_responses::{OperationResult, body, json, lock, text};

const CATEGORIES: [&str; 3] = ["Programming", "Fantasy", "Sci-fi"];

/// The initial books.
pub(super) fn initial() -> BTreeMap<usize, Value> {
    let books = [
        json!({
            "id": "book-1", "category": "Programming", "title": "An Example of Programming", "author": "A. Nonymous",
            "price": 29.5, "language": "Rust", "edition": null,
        }),
        json!({
            "id": "book-2", "category": "Fantasy", "title": "An Example of Dragons", "author": "A. Nonymous",
            "price": 12.0, "series": "Examples", "world": "Examplia",
        }),
        json!({
            "id": "book-3", "category": "Sci-fi", "title": "An Example in Space", "author": "A. Nonymous",
            "price": 14.25, "year": 2424, "hard": true,
        }),
    ];
    (1..).zip(books).collect()
}

impl State {
    pub(super) fn list_books(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_scope(request, "books.read")?;
        let category = request.query_value("category");
        if category
            .as_deref()
            .is_some_and(|category| !CATEGORIES.contains(&category))
        {
            return Err(bad_request("there is no such category"));
        }
        let limit = match request.query_value("limit") {
            None => 20,
            Some(limit) => match limit.parse() {
                Ok(limit @ 1..=100) => limit,
                _ => return Err(bad_request("limit is not a number from 1 to 100")),
            },
        };
        let books = lock(&self.books);
        let is_requested = |book: &&Value| category.as_deref().is_none_or(|category| book["category"] == category);
        let books: Vec<_> = books.values().filter(is_requested).take(limit).collect();
        Ok(json(200, &json!(books)))
    }

    pub(super) fn add_book(&self, request: &RouteRequest<'_>) -> OperationResult {
        require_key(request)?;
        let mut book = body(request).map_err(bad_request)?;
        check(&book)?;
        let mut books = lock(&self.books);
        let number = books.len() + 1;
        book["id"] = format!("book-{number}").into();
        books.insert(number, book.clone());
        Ok(json(201, &book))
    }

    pub(super) fn book(&self, request: &RouteRequest<'_>) -> OperationResult {
        let book = self.find_book(request.value("bookId"));
        book.map(|book| json(200, &book)).ok_or_else(no_book)
    }

    pub(super) fn find_book(&self, id: &str) -> Option<Value> {
        lock(&self.books).get(&number("book-", id)?).cloned()
    }
}

pub(super) fn no_book() -> MockResponse {
    problem(404, "not_found", "no such book")
}

/// Validates the members that each category requires.
fn check(book: &Value) -> Result<(), MockResponse> {
    let has_category_members = match text(book, "category") {
        Some("Programming") => text(book, "language").is_some(),
        Some("Fantasy") => true,
        Some("Sci-fi") => book["year"].is_i64(),
        _ => return Err(bad_request("there is no such category")),
    };
    if has_category_members && text(book, "title").is_some() && text(book, "author").is_some() {
        Ok(())
    } else {
        Err(bad_request("a required member of the category is missing"))
    }
}
