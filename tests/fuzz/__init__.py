"""Fuzzing of every command: valid files (:mod:`.seeds`), changed (:mod:`.mutate`), under limits (:mod:`.commands`)."""
