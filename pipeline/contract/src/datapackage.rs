//! `datapackage.json`: the contract as a [Data Package](https://datapackage.org/), for tools that check a delivery before it is sent.

use serde_json::{Value, json};

use base::error::{Context, Result};

use super::{Contract, TableSchema};

/// The whole contract as one descriptor: a resource per table, its schema as it stands, its file as a delivery in CSV names it.
///
/// # Errors
/// If a schema does not read; a test keeps that from happening.
pub fn json(contract: &Contract) -> Result<String> {
    let mut resources = Vec::new();
    for ((name, text), table) in Contract::files().zip(contract.tables()) {
        let mut schema: Value = serde_json::from_str(text)
            .usage(|| format!("le schéma de la table {name} est illisible"))?;
        // A file may lack optional columns.
        schema["fieldsMatch"] = "superset".into();
        resources.push(resource(table, schema));
    }

    let package = json!({
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "medicobus",
        "title": "Livraison d'une région à l'évaluation des médicobus",
        "description": "Une région, une période, un fichier par table. Les fichiers absents d'une livraison sont retirés de cette liste avant un contrôle.",
        "version": version(contract),
        "created": format!("{}T00:00:00Z", contract.modified()),
        "keywords": ["médicobus", "accès aux soins", "évaluation"],
        "resources": resources,
    });

    let text = serde_json::to_string_pretty(&package)
        .usage(|| "le descripteur ne peut pas être écrit".into())?;
    Ok(text + "\n")
}

fn resource(table: &TableSchema, schema: Value) -> Value {
    json!({
        "name": table.name,
        "type": "table",
        "title": table.title,
        "description": table.description,
        "path": format!("{}.csv", table.name),
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    })
}

/// The highest version of a table: any change to the contract raises one.
fn version(contract: &Contract) -> String {
    let parts =
        |text: &str| -> Vec<u32> { text.split('.').map_while(|n| n.parse().ok()).collect() };
    let versions = contract.tables().iter().map(|t| t.version.as_str());

    versions.max_by_key(|text| parts(text)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_a_resource_with_its_own_schema() {
        let contract = Contract::embedded().unwrap();

        let package: Value = serde_json::from_str(&json(&contract).unwrap()).unwrap();

        let resources = package["resources"].as_array().unwrap();
        assert_eq!(resources.len(), contract.tables().len());
        for (resource, table) in resources.iter().zip(contract.tables()) {
            assert_eq!(resource["name"], table.name.as_str());
            assert_eq!(resource["path"], format!("{}.csv", table.name));
            assert_eq!(resource["schema"]["fieldsMatch"], "superset");
            let fields = resource["schema"]["fields"].as_array().unwrap();
            let names: Vec<&str> = fields.iter().filter_map(|f| f["name"].as_str()).collect();
            assert!(names.iter().eq(table.fields.iter().map(|f| &f.name)), "{}", table.name);
        }
    }

    #[test]
    fn references_lead_to_resources_of_the_package() {
        let contract = Contract::embedded().unwrap();

        let package: Value = serde_json::from_str(&json(&contract).unwrap()).unwrap();

        let resources = package["resources"].as_array().unwrap();
        let keys = resources.iter().filter_map(|r| r["schema"]["foreignKeys"].as_array()).flatten();
        let mut count = 0;
        for key in keys {
            let target = &key["reference"]["resource"];
            assert!(resources.iter().any(|r| r["name"] == *target), "{target}");
            count += 1;
        }
        assert!(count > 3, "{count}");
    }
}
