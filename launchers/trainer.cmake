# irmae-train: the second program, which alone loads LibTorch and MPI. irmae starts it when it is needed.
irmae_torch_executable(irmae-train
  SOURCES train.cpp data_sets.cpp evaluate.cpp scaling/prediction.cpp scaling/print.cpp model_inputs.cpp model_outputs.cpp commands/data.cpp commands/decode.cpp
          commands/doctor.cpp commands/encode.cpp commands/export.cpp commands/plan.cpp commands/run.cpp commands/sample.cpp
          ${CMAKE_SOURCE_DIR}/analysis/raster.cpp
  LINK irmae_cost irmae_training irmae_evaluation irmae_models irmae_data irmae_distributed CLI11::CLI11)
target_include_directories(irmae-train PRIVATE ${CMAKE_BINARY_DIR}/generated)
if(TARGET irmae_cuda)
  add_dependencies(irmae-train irmae_cuda)
endif()
