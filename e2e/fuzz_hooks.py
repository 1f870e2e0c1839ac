"""What schemathesis must know of the schema: values of our scalars, and ids that name something now and then."""

import random
import re

import schemathesis
from hypothesis import strategies as st
from hypothesis_graphql import nodes

schemathesis.graphql.scalar("Date", st.sampled_from(["2026-12-20", "2026-12-20T00:00:00Z", "soon"]).map(nodes.String))
schemathesis.graphql.scalar("Phone", st.sampled_from(["+12125550101", "2125550101", "x"]).map(nodes.String))
schemathesis.graphql.scalar("JSON", st.sampled_from(["{}", "[]", "{\"a\": 1}", "{"]).map(nodes.String))

IDS = re.compile(r'\b([a-zA-Z]*(?:[iI]d|[iI]ds)): (\[?)("[^"\n]*"|-?\d+)')


def _named(match):
    if random.random() < 0.3:
        return match.group(0)
    number = random.randint(1, 12 if match.group(1) in ("id", "contactId", "campaignContactId") else 2)
    quoted = match.group(3).startswith('"')
    return f"{match.group(1)}: {match.group(2)}" + (f'"{number}"' if quoted else str(number))


@schemathesis.hook
def map_body(context, body):
    if isinstance(body, str):
        return IDS.sub(_named, body)
    if isinstance(body, dict) and isinstance(body.get("query"), str):
        body["query"] = IDS.sub(_named, body["query"])
    return body
