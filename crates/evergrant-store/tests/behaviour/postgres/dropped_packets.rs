//! A network that drops packets, like a firewall that has discarded its connection state.

use std::net::SocketAddr;
use std::time::Duration;

use store_faults::engine::Postgres;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use super::support::{connections, key, load, open, put, wait_until};

/// A proxy. After [`block`](Self::block), its connections stay open but transfer nothing.
struct Network {
    address: SocketAddr,
    age: watch::Sender<u32>,
}

impl Network {
    async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (age, receiver) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut age = receiver.clone();
                age.mark_unchanged();
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        _ = age.changed() => std::future::pending().await,
                    }
                });
            }
        });
        Self { address, age }
    }

    fn block(&self) {
        self.age.send_modify(|age| *age += 1);
    }
}

#[tokio::test]
async fn dead_connections_cost_one_operation() {
    let server = Postgres::start().unwrap();
    let network = Network::before(([127, 0, 0, 1], server.port()).into()).await;
    let (servers, networks) = (format!(":{}/", server.port()), format!(":{}/", network.address.port()));
    let store = open(&server.url().replace(&servers, &networks));
    let key = key("silent");
    put(&store, &key, "record").await;
    // Four for operations and one for notifications.
    wait_until("all connections are in use", async || {
        let loads = [(); 8].map(|()| load(&store, &key));
        let [a, b, c, d, e, f, g, h] = loads;
        let _ = tokio::join!(a, b, c, d, e, f, g, h);
        connections(&server) == 5
    })
    .await;

    network.block();
    // The time that a token manager waits for its store.
    let outcome = timeout(Duration::from_secs(1), load(&store, &key)).await;
    assert!(outcome.is_err());
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
}
