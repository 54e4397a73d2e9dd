//! What a workbook is, told by its bytes.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::csv_blocks::Fault;

/// First bytes of the files of old Office, and of workbooks that are encrypted.
pub(crate) const COMPOUND: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];

/// A form that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Xlsx,
    Xlsb,
    Xls,
    Ods,
    Parquet,
}

pub(crate) fn broken() -> Fault {
    unreadable("le classeur est abîmé : exportez-le ou demandez-le de nouveau")
}

fn unreadable(message: &str) -> Fault {
    Fault::Unreadable(message.into())
}

/// The form of a workbook, or what it is instead and what to do.
pub(crate) fn form(bytes: &[u8]) -> Result<Form, Fault> {
    if bytes.starts_with(b"PAR1") {
        return Ok(Form::Parquet);
    }

    if bytes.starts_with(COMPOUND) {
        let encrypted: Vec<u8> =
            "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let found = memchr::memmem::find(bytes, &encrypted).is_some();
        return if found { Err(protected()) } else { Ok(Form::Xls) };
    }

    if !bytes.starts_with(b"PK") {
        return Err(unreadable(
            "ce n'est pas un classeur, malgré son nom (page web, texte ou fichier abîmé) : ouvrez-le et enregistrez-le au format XLSX ou CSV",
        ));
    }

    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    if archive.index_for_name("xl/workbook.bin").is_some() {
        return Ok(Form::Xlsb);
    }
    // LibreOffice encrypts the whole package since its version 24.2, each part before.
    if archive.index_for_name("encrypted-package").is_some() {
        return Err(protected());
    }
    if archive.index_for_name("content.xml").is_none() {
        return Ok(Form::Xlsx);
    }

    let mut manifest = String::new();
    if let Ok(part) = archive.by_name("META-INF/manifest.xml") {
        // An unreadable manifest says nothing; what it is of is read next.
        let _ = part.take(1 << 20).read_to_string(&mut manifest);
    }

    if manifest.contains("encryption-data") {
        return Err(protected());
    }
    Ok(Form::Ods)
}

pub(super) fn protected() -> Fault {
    unreadable(
        "le classeur est protégé par un mot de passe : enregistrez-le sans mot de passe (Excel : Fichier, Informations, Protéger le classeur ; LibreOffice : Fichier, Enregistrer sous)",
    )
}

/// A compound file without the stream of Excel 97, as Excel 5 and Word write.
pub(super) fn old() -> Fault {
    unreadable(
        "ce n'est pas un classeur XLS d'Excel 97 ou plus récent : ouvrez-le et enregistrez-le au format XLSX",
    )
}
