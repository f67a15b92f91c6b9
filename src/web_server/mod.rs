//! The local web application: manuscripts are handed in, read about, corrected by hand and compared in a
//! browser on the same machine.
//!
//! It listens on the loopback interface only, under an address that holds a secret, and answers only
//! requests that name this address as their host and come from its own pages (`guard`). Everything is kept
//! in memory (`shelf`) and is gone when it ends. Work on manuscripts runs in threads of its own, with
//! limits, and a crash there becomes an answer.

mod answer;
mod guard;
mod routes;
mod shelf;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};

use crate::check;
use crate::error::Error;
use crate::report::DocumentReport;
use crate::rule::RuleSet;
use shelf::Shelf;

/// When somebody asked for the end, the last page and its style still go out in this time.
const FAREWELL: Duration = Duration::from_millis(500);
/// After a connection could not be taken (too many files are open, say) the next is waited for.
const PAUSE: Duration = Duration::from_millis(50);

/// What checks a file: its name and bytes in, a report a manuscript out.
pub type Checker = dyn Fn(&str, &[u8]) -> Result<Vec<DocumentReport>, Error> + Send + Sync;

/// How much is taken from anybody.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a file.
    pub file: usize,
    /// Bytes of all files that are held.
    pub all_files: usize,
    /// Files that are held.
    pub files: usize,
    /// Time in which a file must have arrived.
    pub upload: Duration,
    /// Time in which a file must have been checked, from when it arrived.
    pub check: Duration,
    /// Files that arrive at once; others wait.
    pub uploads: usize,
    /// Files that are checked at once; others wait.
    pub checks: usize,
    /// Connections at once; others wait.
    pub connections: usize,
    /// Time in which a connection must have said what it wants, and between two requests.
    pub silence: Duration,
    /// Age at which a connection takes no more requests; as long after that it is cut off, whatever it
    /// still sends or reads.
    pub connection: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file: crate::read::MOST_BYTES as usize,
            all_files: 512 * 1024 * 1024,
            files: 100,
            upload: Duration::from_mins(1),
            check: Duration::from_mins(2),
            uploads: 4,
            checks: std::thread::available_parallelism().map_or(2, |n| n.get().max(2)),
            connections: 128,
            silence: Duration::from_secs(20),
            connection: Duration::from_mins(3),
        }
    }
}

/// What all requests share.
pub(crate) struct Application {
    checker: Arc<Checker>,
    rules: Arc<RuleSet>,
    limits: Limits,
    shelf: Shelf,
    uploads: Semaphore,
    checks: Arc<Semaphore>,
    /// Told when somebody asks the application to end.
    end: Notify,
    /// `127.0.0.1:4000`.
    host: SocketAddr,
}

/// A server that is bound to its address and not yet running.
pub struct Server {
    listener: std::net::TcpListener,
    application: Arc<Application>,
    secret: String,
}

impl Server {
    /// Binds a port of the loopback interface; 0 for any that is free.
    ///
    /// Errors: the port is taken, or the system gives no random numbers.
    pub fn bind(port: u16, checker: Arc<Checker>, rules: Arc<RuleSet>, limits: Limits) -> Result<Self, Error> {
        let failed = |source: std::io::Error| Error::Serve { port, source };
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let host = listener.local_addr().map_err(failed)?;
        let mut secret = [0_u8; 16];
        getrandom::fill(&mut secret).map_err(|error| failed(std::io::Error::other(error)))?;
        let application = Application {
            checker,
            rules,
            limits,
            shelf: Shelf::default(),
            uploads: Semaphore::new(limits.uploads),
            checks: Arc::new(Semaphore::new(limits.checks)),
            end: Notify::new(),
            host,
        };
        Ok(Self { listener, application: Arc::new(application), secret: URL_SAFE_NO_PAD.encode(secret) })
    }

    /// Where the application is: `http://127.0.0.1:4000/<secret>/`. Other users of the machine don't know it.
    pub fn address(&self) -> String {
        format!("http://{}/{}/", self.application.host, self.secret)
    }

    /// Serves until somebody asks it to end.
    ///
    /// Errors: the listener or its threads can't be had.
    pub fn run(self) -> Result<(), Error> {
        let port = self.application.host.port();
        let failed = |source: std::io::Error| Error::Serve { port, source };
        check::start_threads();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .thread_stack_size(check::STACK)
            .build()
            .map_err(failed)?;
        let ended = runtime.block_on(async {
            let listener = TcpListener::from_std(self.listener)?;
            let router = routes::router(&self.secret, &self.application);
            let accepting = tokio::spawn(accept(listener, router, self.application.limits));
            self.application.end.notified().await;
            tokio::time::sleep(FAREWELL).await;
            accepting.abort();
            Ok(())
        });
        // A check that runs away must not keep the process.
        runtime.shutdown_background();
        ended.map_err(failed)
    }
}

async fn accept(listener: TcpListener, router: axum::Router, limits: Limits) {
    let connections = Arc::new(Semaphore::new(limits.connections));
    loop {
        let Ok(permit) = Arc::clone(&connections).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(limits.silence)
                .serve_connection(TokioIo::new(stream), service);
            let mut connection = std::pin::pin!(connection);
            // What goes wrong on a connection is the end of this connection.
            if tokio::time::timeout(limits.connection, connection.as_mut()).await.is_err() {
                connection.as_mut().graceful_shutdown();
                let _ = tokio::time::timeout(limits.connection, connection).await;
            }
            drop(permit);
        });
    }
}
