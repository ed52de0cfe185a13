"""Networks of other programs: read exactly (every float as the dyadic rational that it is), and written where that is exact.

Outside the trusted base, and not imported by it: what is read here is written as JSON, and ``check`` works on that.

* :mod:`.graph`: the tensor operations that every reader makes, and the bounds on what a file may ask for;
* :mod:`.onnx_file`, :mod:`.nnet`, :mod:`.modules` (PyTorch), :mod:`.estimators` (scikit-learn), :mod:`.arrays`: the readers;
* :mod:`.operators` with :mod:`.linear`, :mod:`.shapes`, :mod:`.pieces`, and :mod:`.convert`: graphs as networks;
* :mod:`.write_onnx`, :mod:`.write_nnet`, :mod:`.circuits`, :mod:`.solvers`, :mod:`.numbers`: the writers.
"""
