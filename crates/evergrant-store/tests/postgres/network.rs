//! What lies between us and the server falls silent, as a firewall does that has forgotten a connection.

use std::net::SocketAddr;
use std::time::Duration;

use fleet::engine::Postgres;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use super::support::{connections, key, load, open, put, until};

/// Lets connections through until it is told to forget them; they stay open, and nothing comes through any more.
struct Network {
    address: SocketAddr,
    age: watch::Sender<u32>,
}

impl Network {
    async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (age, of_all) = watch::channel(0);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut age = of_all.clone();
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

    fn forget(&self) {
        self.age.send_modify(|age| *age += 1);
    }
}

#[tokio::test]
async fn connections_that_fell_silent_together_cost_one_operation() {
    let server = Postgres::start().unwrap();
    let network = Network::before(([127, 0, 0, 1], server.port()).into()).await;
    let (servers, networks) = (format!(":{}/", server.port()), format!(":{}/", network.address.port()));
    let store = open(&server.url().replace(&servers, &networks));
    let key = key("silent");
    put(&store, &key, "record").await;
    // Four for operations, and one that listens.
    until("all connections are in use", async || {
        let loads = [(); 8].map(|()| load(&store, &key));
        let [a, b, c, d, e, f, g, h] = loads;
        let _ = tokio::join!(a, b, c, d, e, f, g, h);
        connections(&server) == 5
    })
    .await;

    network.forget();
    // As long as a token manager waits for its store.
    let given_up = timeout(Duration::from_secs(1), load(&store, &key)).await;
    assert!(given_up.is_err());
    assert_eq!(load(&store, &key).await.unwrap().as_deref(), Some("record"));
}
