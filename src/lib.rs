//! realint: a compiler for realist research writing.
//!
//! It reads a manuscript, decides which RAMESES standard it answers to, says for each item whether
//! it is reported and where, takes its context-mechanism-outcome configurations apart, and reports
//! every gap at the place in the source where it can be mended.
//!
//! The data flow is one way and the modules follow it: [`source`] and [`read`] make a
//! [`manuscript`], [`standard`] tells which standard applies, [`cmo`] takes configurations apart, [`rule`] and [`theory`] judge,
//! [`finding`] and [`suppress`] collect, [`report`] holds the result, [`render`] shows it.
//! [`check::check`] runs it all.

pub mod annotate;
pub mod baseline;
pub mod bibliography;
pub mod check;
pub mod checklist;
pub mod cli;
pub mod cmo;
pub mod comparison;
pub mod config;
pub mod correction;
pub mod error;
pub mod evaluation;
pub mod files;
pub mod finding;
pub mod gold;
pub mod language_server;
pub mod lexicon;
pub mod manuscript;
pub mod outline;
pub mod project;
pub mod protocol;
pub mod read;
pub mod render;
pub mod report;
pub mod rule;
pub mod source;
pub mod standard;
pub mod structured;
pub mod suppress;
pub mod theory;
pub mod verdict;
pub mod web_server;
mod weights;
pub mod write;
mod written;
