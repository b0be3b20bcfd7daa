"""A child that starts and never says a word."""

import socket


def main(arguments: list[str]) -> None:
    socket.socket(fileno=int(arguments[0])).recv(1)
