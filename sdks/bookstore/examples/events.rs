//! An event stream: receives typed orders until the stream ends.
//!
//! `cargo run -p bookstore --example events` starts an emulation of the API and calls it.

use std::error::Error;

use bookstore::models::OrderStatus;
use bookstore::{ApiKeyCredentials, Client};
use emulations::Bookstore;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulation = Bookstore::start();
    let client = Client::builder()
        .base_url(emulation.api_url())
        .api_key_credentials(ApiKeyCredentials::new(Bookstore::API_KEY))
        .build()?;

    // Returns when the stream has started. The time limit of the call does not apply to the stream itself.
    let mut events = client.orders().stream_orders().send().await?;
    let mut shipped = 0;
    while let Some(event) = events.next().await {
        let order = event?.data;
        println!("{} of {} is {}", order.id, order.user.name, order.status);
        match order.status {
            OrderStatus::Shipped => shipped += 1,
            OrderStatus::Unknown(status) => println!("{status} is not a status of the API description"),
            _ => {}
        }
    }
    assert_eq!(shipped, 1);
    println!("the stream has ended");
    Ok(())
}
