"""Writes deeply-nested-models-ring.json, deeply-nested-models-random.json and deeply-nested-models-chain.json: models nested
beyond the compiler's recursion limit. Run it in this folder: python3 write-deeply-nested-models.py"""

import json
import random


def ref(index):
    return {"$ref": f"#/components/schemas/M{index}"}


def write(name, schemas):
    response = {"description": "Done", "content": {"application/json": {"schema": ref(0)}}}
    body = {"content": {"application/json": {"schema": ref(1)}}}
    operation = {"operationId": "change", "requestBody": body, "responses": {"200": response}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": name, "version": "1.0.0"},
        "servers": [{"url": "https://api.example.com"}],
        "paths": {"/models": {"put": operation}},
        "components": {"schemas": {f"M{index}": schema for index, schema in enumerate(schemas)}},
    }
    with open(f"{name}.json", "w") as file:
        file.write(json.dumps(document, separators=(", ", ": ")) + "\n")


def model(members, **more):
    return {"type": "object", "properties": {"id": {"type": "string"}, **members}, **more}


def ring(index, count):
    following = {"next": ref((index + 1) % count), "items": {"type": "array", "items": ref((index + 2) % count)}}
    return model(following, additionalProperties=ref(index)) if index % 10 == 0 else model(following)


write("deeply-nested-models-ring", [ring(index, 150) for index in range(150)])
random.seed(1)
write("deeply-nested-models-random", [model({f"r{n}": ref(random.randrange(200)) for n in range(3)}) for _ in range(200)])
chain = [{"oneOf": [ref(index + 1), model({"a": ref(index + 1)})]} for index in range(60)]
write("deeply-nested-models-chain", [*chain, {"type": "object", "properties": {"end": {"type": "boolean"}}, "required": ["end"]}])
