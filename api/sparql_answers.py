"""Ask the query workers for a caller, and say as a problem why there is no answer."""

from __future__ import annotations

from api.problems import Problem, TooManyRequests, Unavailable
from api.query_pool import QueriesBusy, QueriesClosed, Reply
from api.query_run import QueryKilled
from api.refusals import Refused
from api.security import Caller
from api.service import Service
from api.sparql_forms import GRAPH_FORMS, SOLUTION_FORMS
from kg_engine import Fault
from kg_engine.query_results import QueryFailed, Question

_REMEDIES = {
    "time": "Ask for less: bind more, or add a LIMIT to what is joined or sorted.",
    "memory": "Ask for less: sort, group or join fewer rows.",
    "crash": "Write the query more simply.",
}


async def answer(service: Service, question: Question, caller: Caller) -> Reply:
    """Return the answer of a worker. Raises a Problem for none."""
    key = caller.key_id
    if key and (wait := service.query_time.wait(key, 0)):
        service.metrics.refused("query time")
        raise TooManyRequests(wait)
    try:
        return await service.pool.ask(
            question, key, lambda seconds: service.query_time.spend(key, seconds)
        )
    except QueryFailed as failed:
        raise problem_of(failed) from None
    except QueryKilled as killed:
        fault = Fault("query", f"was ended for {killed.why}.", _REMEDIES.get(killed.why, ""))
        raise Refused("query-killed", fault) from None
    except QueriesBusy:
        raise Refused("busy", Fault("query", "too many queries wait.", "Ask again.")) from None
    except QueriesClosed:
        raise Unavailable("queries", "Ask again in a moment.") from None


def problem_of(failed: QueryFailed) -> Problem:
    """Return the problem that says why a query has no answer."""
    if failed.why == "form":
        known = GRAPH_FORMS if failed.about == "graph" else SOLUTION_FORMS
        remedy = f"Accept one of: {', '.join(known)}."
        return Refused("not-acceptable", Fault("Accept", "names no form given here.", remedy))
    if failed.why in ("rows", "bytes"):
        remedy = "Add a LIMIT, or ask for less."
        fault = Fault("query", f"its answer has more {failed.why} than are given.", remedy)
        return Refused("result-too-large", fault)
    if failed.why == "gate":
        return Refused("query", Fault("query", failed.about, failed.remedy))
    about = "is not a SPARQL query" if failed.why == "syntax" else "cannot be answered"
    remedy = "Send one SPARQL 1.1 query; prefixes of the ontology are known."
    return Refused("query", Fault("query", f"{about}: {failed.about}.", remedy))
