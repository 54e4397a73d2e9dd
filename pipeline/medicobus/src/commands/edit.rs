//! One document, from the store to its files: what every command that makes one does.

use base::error::Result;
use edition::config::Config;
use edition::decisions;
use edition::opened::Opened;
use edition::{Edition, Request};
use report::typeset::Typesetter;

use super::arguments::LectureArgs;
use super::output_args::OutputArgs;

/// Makes the document that `wanted` asks for and writes it.
///
/// # Errors
/// Those of `wanted`; unreadable store, wrong template, unwritable output.
pub async fn edit(
    lecture: &LectureArgs,
    rendu: &OutputArgs,
    wanted: impl AsyncFnOnce(&Opened, &Edition<'_>) -> Result<Request>,
) -> Result<()> {
    with_edition(lecture, rendu, async |opened, edition| {
        let request = wanted(opened, edition).await?;
        let made = edition.prepare(&opened.store, &request, || ()).await?;
        let made = edition.published(&opened.store, &request, made).await?;
        let typesetter = Typesetter::new(edition.templates())?;
        for path in rendu.write(&made, &typesetter)? {
            println!("{}", path.display());
        }
        Ok(())
    })
    .await
}

/// Opens the store and does something with what its documents share.
///
/// # Errors
/// Those of `act`; unreadable store or configuration.
pub async fn with_edition(
    lecture: &LectureArgs,
    rendu: &OutputArgs,
    act: impl AsyncFnOnce(&Opened, &Edition<'_>) -> Result<()>,
) -> Result<()> {
    let config = Config::load(lecture.config.as_deref())?;
    let opened = lecture.open().await?;
    let edition = Edition::open(
        &opened.session,
        &opened.catalogue,
        config,
        rendu.templates.as_deref(),
        opened.ledger().await?,
    )
    .await?
    .with_decisions(decisions::of_this_user());

    act(&opened, &edition).await
}
