"""Writes large-api-with-300-operations.json: 60 resources of five operations each. Run it in this folder:
python3 write-large-api.py"""

import json

KINDS = ["text", "count", "amount", "flag", "moment", "state", "labels", "owner"]


def field(kind, resource):
    return {
        "text": {"type": "string", "description": "The name.", "maxLength": 200},
        "count": {"type": "integer", "format": "int64", "minimum": 0},
        "amount": {"type": "number", "format": "double"},
        "flag": {"type": "boolean", "default": False},
        "moment": {"type": "string", "format": "date-time"},
        "state": {"type": "string", "enum": ["new", "open", "closed"]},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "owner": {"$ref": f"#/components/schemas/Resource{(resource + 1) % 60:02}"},
    }[kind]


def ref(kind, name):
    return {"$ref": f"#/components/{kind}/{name}"}


def response(schema):
    return {"description": "Done", "content": {"application/json": {"schema": schema}}}


paths, schemas = {}, {"Problem": {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}}
for number in range(60):
    name, tag = f"Resource{number:02}", f"resources-{number:02}"
    new = f"New{name}"
    schemas[new] = {
        "type": "object",
        "required": ["text"],
        "properties": {kind: field(kind, number) for kind in KINDS[: 3 + number % 6]},
    }
    schemas[name] = {
        "allOf": [ref("schemas", new), {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}]
    }
    body = {"required": True, "content": {"application/json": {"schema": ref("schemas", new)}}}
    errors = {"404": ref("responses", "Problem"), "default": ref("responses", "Problem")}

    def operation(verb, success, **more):
        scope = "read" if verb in ("list", "get") else "write"
        return {
            "operationId": verb + name + ("s" if verb == "list" else ""),
            "tags": [tag],
            "summary": f"{verb.capitalize()} a resource of type {name}.",
            "security": [{"oauth": [f"area{number % 6}.{scope}"]}],
            **more,
            "responses": {**success, **errors},
        }

    paths[f"/{tag}"] = {
        "get": operation(
            "list",
            {"200": response({"type": "array", "items": ref("schemas", name)})},
            parameters=[ref("parameters", "Limit"), ref("parameters", "After")],
        ),
        "post": operation("create", {"201": response(ref("schemas", name))}, requestBody=body),
    }
    paths[f"/{tag}/{{id}}"] = {
        "parameters": [ref("parameters", "Id")],
        "get": operation("get", {"200": response(ref("schemas", name))}),
        "put": operation("replace", {"200": response(ref("schemas", name))}, requestBody=body),
        "delete": operation("delete", {"204": {"description": "Gone"}}),
    }

scopes = {f"area{area}.{verb}": f"{verb.capitalize()} area {area}" for area in range(6) for verb in ("read", "write")}
description = {
    "openapi": "3.0.3",
    "info": {"title": "A large API", "version": "1.0.0"},
    "servers": [{"url": "https://large.example/v1"}],
    "paths": paths,
    "components": {
        "parameters": {
            "Id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            "Limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "format": "int32", "maximum": 100}},
            "After": {"name": "after", "in": "query", "schema": {"type": "string"}},
        },
        "responses": {"Problem": response(ref("schemas", "Problem"))},
        "schemas": schemas,
        "securitySchemes": {
            "oauth": {
                "type": "oauth2",
                "flows": {"clientCredentials": {"tokenUrl": "https://large.example/oauth/token", "scopes": scopes}},
            }
        },
    },
}
with open("large-api-with-300-operations.json", "w", encoding="utf-8", newline="\n") as file:
    json.dump(description, file, indent=1)
    file.write("\n")
