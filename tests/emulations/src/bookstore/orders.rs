//! Operations on orders, and the event stream of orders.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use evergrant_testing::{MockResponse, RouteRequest};
use serde_json::{Value, json};

use super::{State, bad_request, number, problem, require_key};
use crate::routing_and_responses::{OperationResult, body, json, lock, text};

const STATUSES: [&str; 3] = ["pending", "shipped", "delivered"];

/// The initial orders.
pub(super) fn initial() -> BTreeMap<usize, Value> {
    let user = json!({"id": "user-1", "name": "Jane Doe", "email": "jane@mail.example"});
    let order = |number: usize, status: &str| {
        json!({
            "id": format!("order-{number}"),
            "date": format!("2024-01-0{number}T03:04:05Z"),
            "status": status,
            "user": user,
            "products": [{"bookId": "book-1", "quantity": number, "price": 29.5}],
        })
    };
    BTreeMap::from([(1, order(1, "delivered")), (2, order(2, "pending"))])
}

impl State {
    pub(super) fn list_orders(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_scope(request, "orders.read")?;
        let status = request.query_value("status");
        if status.as_deref().is_some_and(|status| !STATUSES.contains(&status)) {
            return Err(bad_request("there is no such status"));
        }
        let orders = lock(&self.orders);
        let is_requested = |order: &&Value| status.as_deref().is_none_or(|status| order["status"] == status);
        let orders: Vec<_> = orders.values().filter(is_requested).collect();
        Ok(json(200, &json!(orders)))
    }

    pub(super) fn order(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_scope(request, "orders.read")?;
        let orders = lock(&self.orders);
        let order = number("order-", request.value("orderId")).and_then(|number| orders.get(&number));
        let order = order.map(|order| json(200, order));
        order.ok_or_else(|| problem(404, "not_found", "no such order"))
    }

    pub(super) fn place_order(&self, request: &RouteRequest<'_>) -> OperationResult {
        self.require_scope(request, "orders.write")?;
        let order = body(request).map_err(bad_request)?;
        let user = &order["user"];
        if text(user, "id").is_none() || text(user, "name").is_none() {
            return Err(bad_request("the user's id or name is missing"));
        }
        let products = order["products"].as_array().filter(|products| !products.is_empty());
        let products = products.ok_or_else(|| bad_request("there are no products"))?;
        let products: Vec<_> = products
            .iter()
            .map(|product| self.price(product))
            .collect::<Result<_, _>>()?;
        let mut orders = lock(&self.orders);
        let number = orders.len() + 1;
        let order = json!({
            "id": format!("order-{number}"),
            "date": "2024-01-02T03:04:05Z",
            "status": "pending",
            "user": user,
            "products": products,
        });
        orders.insert(number, order.clone());
        Ok(json(201, &order))
    }

    /// Sends every order as an event, and the last one again with the status `shipped`. The stream uses the variants of
    /// the format: comments, event types, ids, a retry time, data on two lines, and two kinds of line ends.
    pub(super) fn stream_orders(&self, request: &RouteRequest<'_>) -> OperationResult {
        require_key(request)?;
        let mut events = String::from(": the orders so far\nretry: 3000\n\n");
        for (number, order) in &*lock(&self.orders) {
            let data = order.to_string();
            let data = if *number == 1 {
                data.replacen(',', ",\ndata: ", 1)
            } else {
                data
            };
            // Writing to a string cannot fail.
            let _ = write!(events, "event: order\nid: {number}\ndata: {data}\n\n: more to come\n");
        }
        let last = lock(&self.orders).values().next_back().cloned();
        if let Some(mut order) = last {
            order["status"] = "shipped".into();
            let _ = write!(events, "data:{order}\r\n\r\n");
        }
        Ok(MockResponse::new(200)
            .header("content-type", "text/event-stream")
            .header("cache-control", "no-store")
            .body(events))
    }

    /// Adds the price of the book to a product.
    fn price(&self, product: &Value) -> Result<Value, MockResponse> {
        let book = text(product, "bookId").and_then(|id| self.find_book(id));
        let book = book.ok_or_else(|| bad_request("a product is not in the store"))?;
        match product["quantity"].as_u64() {
            Some(quantity @ 1..) => Ok(json!({"bookId": book["id"], "quantity": quantity, "price": book["price"]})),
            _ => Err(bad_request("a quantity is missing")),
        }
    }
}
