//! Tests what is logged when a host cannot be reached.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use cloud_transport::http::Request;
use cloud_transport::{Body, Error as TransportError, Transport};
use std::error::Error;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};

/// Collects the warnings, each with its fields.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        struct Text(String);
        impl Visit for Text {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                self.0 += &format!("{field}={value:?} ");
            }

            fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
                let mut cause = Some(value);
                while let Some(error) = cause {
                    self.0 += &format!("{field}={error} ");
                    cause = error.source();
                }
            }
        }
        if *event.metadata().level() == Level::WARN {
            let mut text = Text(String::new());
            event.record(&mut text);
            self.0.lock().unwrap().push(text.0);
        }
    }
}

#[tokio::test]
async fn a_host_that_refuses_connections_is_logged_once_and_not_after_it_was_reached() {
    let warnings = Warnings::default();
    let _guard = tracing::subscriber::set_default(Registry::default().with(warnings.clone()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let get = || Request::get(format!("http://{address}/")).body(Body::empty()).unwrap();
    let reached = Transport::builder().build().unwrap();
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 1024]).await.unwrap();
        stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await.unwrap();
    };
    let (response, ()) = tokio::join!(reached.send(get()), serve);
    assert_eq!(response.unwrap().status(), 204);
    drop(listener);
    let never_reached = Transport::builder().build().unwrap();
    for transport in [&reached, &never_reached, &never_reached] {
        let error = transport.send(get()).await.unwrap_err();
        assert!(matches!(error, TransportError::Connect(_)), "{error:?}");
    }
    let warnings = warnings.0.lock().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains(&address.to_string()) && warnings[0].contains("refused"), "{warnings:?}");
}
