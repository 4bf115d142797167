"""The true answers: exact counts over the sealed persons of the made-up rows.

Each module counts one chunk and gives nested dictionaries of numbers; ``adding`` puts chunks
together, since no person is in two. ``report`` adds shares and says how each number is defined.
"""
