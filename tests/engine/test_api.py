"""The requests of people are found by their names on the wire."""

import inspect
from importlib import import_module
from pkgutil import iter_modules

from sentinel.engine import people
from sentinel.engine.api import OperatorRequest, requests


def _defined() -> list[type[OperatorRequest]]:
    modules = [import_module(f"{people.__name__}.{module.name}") for module in iter_modules(people.__path__)]
    classes = (value for module in modules for value in vars(module).values() if inspect.isclass(value))
    return [one for one in classes if issubclass(one, OperatorRequest) and one is not OperatorRequest]


def test_every_request_is_found_by_a_name_of_its_own() -> None:
    defined = _defined()
    assert len(defined) == len({request.wire for request in defined}) == len(requests())
    assert set(requests().values()) == set(defined)


def test_every_request_has_a_handler_and_takes_nothing_that_it_does_not_name() -> None:
    for request in requests().values():
        assert request.carry_out is not OperatorRequest.carry_out, request.wire
        assert request.model_config["extra"] == "forbid", request.wire
