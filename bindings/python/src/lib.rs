//! `realint._realint`: what the Python package is built on. Bytes go in, the report comes out as the JSON
//! that the command line prints; `realint/_report.py` makes objects of it. So there is one contract, and
//! nothing here to keep in step with it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use rayon::{ThreadPool, ThreadPoolBuilder};
use realint::check::{self, STACK, Settings};
use realint::config::Config;
use realint::error::Error;
use realint::manuscript::Format;
use realint::read::{FolderLibrary, Library, MOST_BYTES, NoLibrary, read_bytes};
use realint::report::{ErrorReport, Report};
use realint::rule::{RuleSet, load};
use realint::standard::Stage;

/// As in the command: much of a check is small allocations.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The shipped rules, loaded once a process.
static SHIPPED: OnceLock<Arc<RuleSet>> = OnceLock::new();

/// The threads that checks run on, and the process that they belong to.
static THREADS: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// Formats that a manuscript may be read as.
const FORMATS: [Format; 11] = [
    Format::Markdown,
    Format::Quarto,
    Format::Text,
    Format::Docx,
    Format::Pdf,
    Format::Html,
    Format::Jats,
    Format::Tei,
    Format::Latex,
    Format::Sheet,
    Format::Protocol,
];

/// An error of realint as `realint.RealintError`.
fn raised(py: Python<'_>, error: &Error) -> PyErr {
    let ErrorReport { code, message, because, help } = ErrorReport::new(error);
    let made = PyTuple::new(py, because).and_then(|because| {
        py.import("realint._error")?.getattr("RealintError")?.call1((code, message, because, help))
    });
    match made {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// Loads the shipped rules, or those of a pack or folder laid over them.
fn rule_set(folder: Option<&Path>) -> Result<Arc<RuleSet>, Error> {
    let Some(folder) = folder else {
        if let Some(rules) = SHIPPED.get() {
            return Ok(Arc::clone(rules));
        }
        let rules = Arc::new(load::for_checking()?);
        return Ok(Arc::clone(SHIPPED.get_or_init(|| rules)));
    };
    load::with_folder(folder).map(Arc::new)
}

/// The threads of this process. A forked process has none of its parent's, so it starts its own: waiting
/// for the others would never end. The lock is held while Python is (hence `_py`), so it is free in a fork.
///
/// Gives nothing where no thread can be started.
fn threads(_py: Python<'_>) -> Option<Arc<ThreadPool>> {
    let process = std::process::id();
    let mut kept = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of, pool)) = &*kept
        && *of == process
    {
        return Some(Arc::clone(pool));
    }
    let pool = Arc::new(ThreadPoolBuilder::new().stack_size(STACK).build().ok()?);
    // Those of the parent are never stopped from here: stopping waits for them.
    std::mem::forget(kept.replace((process, Arc::clone(&pool))));
    Some(pool)
}

/// Does what may take long or crash: without holding Python back, on a stack that is large enough, and so
/// that a crash is an error.
fn apart<T: Send>(py: Python<'_>, path: &Path, work: impl Fn() -> Result<T, Error> + Sync) -> PyResult<T> {
    let contained = || check::contained(path, &work);
    let threads = threads(py);
    let result = py.detach(|| match threads {
        Some(threads) => threads.install(contained),
        // The present thread will do for all but hostile files.
        None => contained(),
    });
    result.map_err(|error| raised(py, &error))
}

/// Rules, loaded once and used for many manuscripts: the shipped ones, or those of a pack or folder laid
/// over them.
#[pyclass(frozen, module = "realint")]
struct Rules {
    set: Arc<RuleSet>,
    path: Option<PathBuf>,
}

#[pymethods]
impl Rules {
    #[new]
    #[pyo3(signature = (path = None))]
    fn new(py: Python<'_>, path: Option<PathBuf>) -> PyResult<Self> {
        let set = apart(py, path.as_deref().unwrap_or(Path::new("the shipped rules")), || rule_set(path.as_deref()))?;
        Ok(Self { set, path })
    }

    /// The pack or folder; None for the shipped rules.
    #[getter]
    fn path(&self) -> Option<String> {
        self.path.as_ref().map(|path| path.to_string_lossy().into_owned())
    }

    /// All codes: those of items and those of other findings.
    fn codes(&self) -> Vec<String> {
        self.set.codes().map(str::to_owned).collect()
    }

    /// Ids of the standards.
    fn standards(&self) -> Vec<String> {
        self.set.standards.iter().map(|standard| standard.id.clone()).collect()
    }

    fn __repr__(&self) -> String {
        self.path().map_or_else(|| "Rules()".to_owned(), |path| format!("Rules({path:?})"))
    }

    /// Copies in other processes load the rules anew.
    #[allow(clippy::unnecessary_wraps, reason = "Python may be told of an error")]
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Option<PathBuf>,))> {
        Ok((py.get_type::<Self>().into_any(), (self.path.clone(),)))
    }
}

/// What the arguments of both functions ask for.
struct Asked {
    format: Option<Format>,
    standard: Option<String>,
    stage: Option<Stage>,
    pedantic: bool,
    explain_verdicts: bool,
}

impl Asked {
    fn new(
        format: Option<&str>,
        standard: Option<String>,
        kind: Option<&str>,
        pedantic: bool,
        explain_verdicts: bool,
    ) -> Result<Self, Error> {
        let format = match format {
            Some(name) => Some(
                FORMATS
                    .into_iter()
                    .find(|format| format.name() == name)
                    .ok_or_else(|| Error::unknown("format", name, FORMATS.map(Format::name)))?,
            ),
            None => None,
        };
        let stage = match kind {
            Some(name) => {
                Some(Stage::from_name(name).ok_or_else(|| Error::unknown("kind", name, Stage::ALL.map(Stage::name)))?)
            }
            None => None,
        };
        Ok(Self { format, standard, stage, pedantic, explain_verdicts })
    }

    /// The report on a manuscript as JSON; `settings` are those of its configuration.
    fn report(
        &self,
        path: &Path,
        bytes: &[u8],
        library: &dyn Library,
        rules: &RuleSet,
        mut settings: Settings,
    ) -> Result<String, Error> {
        if let Some(id) = &self.standard {
            if id != "none" && rules.standard(id).is_none() {
                let known = rules.standards.iter().map(|standard| standard.id.as_str());
                return Err(Error::unknown("standard", id, known.chain(["none"])));
            }
            settings.standard = Some(id.clone());
        }
        settings.stage = self.stage.or(settings.stage);
        settings.pedantic |= self.pedantic;
        settings.explain_verdicts = self.explain_verdicts;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(Error::TooLarge { path: path.to_owned(), bytes: bytes.len() as u64, most: MOST_BYTES });
        }
        let documents = check::check(path, bytes, self.format, library, rules, &settings)?;
        serde_json::to_string(&Report::new(documents))
            .map_err(|source| Error::Write { path: "the report".into(), source: source.into() })
    }
}

/// Checks a manuscript in memory, without any configuration and without the files that it includes.
#[pyfunction]
#[pyo3(signature = (data, name, format, standard, kind, rules, pedantic, explain_verdicts))]
fn check_bytes(
    py: Python<'_>,
    data: &[u8],
    name: PathBuf,
    format: Option<&str>,
    standard: Option<String>,
    kind: Option<&str>,
    rules: Option<&Bound<'_, Rules>>,
    pedantic: bool,
    explain_verdicts: bool,
) -> PyResult<String> {
    let asked = Asked::new(format, standard, kind, pedantic, explain_verdicts).map_err(|error| raised(py, &error))?;
    let given = rules.map(|rules| Arc::clone(&rules.get().set));
    apart(py, &name, || {
        let rules = given.clone().map_or_else(|| rule_set(None), Ok)?;
        asked.report(&name, data, &NoLibrary, &rules, Settings::default())
    })
}

/// Checks a file as the command line does, with the configuration above it and the files that it includes.
#[pyfunction]
#[pyo3(signature = (path, format, standard, kind, rules, pedantic, explain_verdicts))]
fn check_file(
    py: Python<'_>,
    path: PathBuf,
    format: Option<&str>,
    standard: Option<String>,
    kind: Option<&str>,
    rules: Option<&Bound<'_, Rules>>,
    pedantic: bool,
    explain_verdicts: bool,
) -> PyResult<String> {
    let asked = Asked::new(format, standard, kind, pedantic, explain_verdicts).map_err(|error| raised(py, &error))?;
    let given = rules.map(|rules| Arc::clone(&rules.get().set));
    apart(py, &path, || {
        let bytes = read_bytes(&path)?;
        let config = Config::find(&path)?;
        let rules = given.clone().map_or_else(|| rule_set(config.rules().as_deref()), Ok)?;
        config.validate(&rules)?;
        let mut settings = config.settings(&path)?;
        if let Some(baseline) = config.baseline() {
            settings.baseline = realint::baseline::read(&baseline)?;
        }
        asked.report(&path, &bytes, &FolderLibrary, &rules, settings)
    })
}

/// Runs the command; gives its exit code.
#[pyfunction]
fn run(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    let code = py.detach(|| {
        let command = std::panic::AssertUnwindSafe(|| realint::cli::run_with(arguments));
        std::panic::catch_unwind(command).unwrap_or(ExitCode::from(101))
    });
    // The number can't be taken out of an exit code, only compared.
    [0, 1, 2].into_iter().find(|number| ExitCode::from(*number) == code).unwrap_or(101)
}

/// The native part of the package `realint`.
#[pymodule]
fn _realint(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", realint::report::Tool::this().version)?;
    module.add_class::<Rules>()?;
    module.add_function(wrap_pyfunction!(check_bytes, module)?)?;
    module.add_function(wrap_pyfunction!(check_file, module)?)?;
    module.add_function(wrap_pyfunction!(run, module)?)?;
    Ok(())
}
