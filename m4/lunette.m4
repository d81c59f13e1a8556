dnl lunette.m4 - the probes of configure.ac, one macro for each kind of thing Lunette looks for.
dnl Holds: a missing necessary part stops with the Debian package to install; a missing optional part is only reported.
dnl Read next: configure.ac.
dnl SPDX-License-Identifier: MIT

dnl LUN_TRY_CFLAGS(FLAGS, IF-ACCEPTED, IF-NOT): does the compiler take FLAGS without a warning?
AC_DEFUN([LUN_TRY_CFLAGS], [
  lun_saved_cflags=$CFLAGS
  CFLAGS="$CFLAGS -Werror $1"
  AC_MSG_CHECKING([whether $CC takes $1])
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM],
    [AC_MSG_RESULT([yes])
     CFLAGS=$lun_saved_cflags
     $2],
    [AC_MSG_RESULT([no])
     CFLAGS=$lun_saved_cflags
     $3])
])

dnl LUN_COMPILER: language, warnings, sanitizers and instruction sets.
dnl Sets LUN_CFLAGS (all C), LUN_OPTIMISE (outside kernels), KERNEL_CFLAGS and the per-set flags.
AC_DEFUN([LUN_COMPILER], [
  AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [treat warnings as errors])])
  AC_ARG_ENABLE([asan], [AS_HELP_STRING([--enable-asan], [build with address and undefined-behaviour sanitizers])])

  LUN_CFLAGS=-std=gnu17
  LUN_TRY_CFLAGS([$LUN_CFLAGS], [], [AC_MSG_ERROR([a C17 compiler is needed, such as gcc 12 or clang 14])])
  for lun_flag in -Wall -Wextra -Wconversion -Wshadow -Wvla -Wformat=2
  do
    LUN_TRY_CFLAGS([$lun_flag], [LUN_CFLAGS="$LUN_CFLAGS $lun_flag"])
  done
  LUN_OPTIMISE=-O2
  KERNEL_CFLAGS="-O3 -fno-trapping-math -fno-math-errno -ffp-contract=off -fwrapv"
  # Complex products by the school's formula and quotients by Smith's, as PyTorch has them; else each product is a library call.
  LUN_TRY_CFLAGS([-fcx-fortran-rules], [KERNEL_CFLAGS="$KERNEL_CFLAGS -fcx-fortran-rules"])
  # The pragma on the kernels' loops says that vectorising is safe, not that it can be done: rows that call libm stay scalar.
  LUN_TRY_CFLAGS([-Wpass-failed], [KERNEL_CFLAGS="$KERNEL_CFLAGS -Wno-pass-failed"])
  lun_compiler_notes="C17"
  AS_IF([test "x$enable_werror" = xyes],
    [LUN_CFLAGS="$LUN_CFLAGS -Werror"
     lun_compiler_notes="$lun_compiler_notes, warnings are errors"])
  # Functions of one library may call each other directly; nobody interposes them.
  LUN_TRY_CFLAGS([-fno-semantic-interposition], [LUN_CFLAGS="$LUN_CFLAGS -fno-semantic-interposition"])
  AS_IF([test "x$enable_asan" = xyes], [
    lun_sanitize="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
    LUN_TRY_CFLAGS([$lun_sanitize], [], [AC_MSG_ERROR([$CC has no address sanitizer])])
    LUN_CFLAGS="$LUN_CFLAGS $lun_sanitize"
    LUN_LDFLAGS="-fsanitize=address,undefined"
    LUN_OPTIMISE=-O1
    KERNEL_CFLAGS="-O1 ${KERNEL_CFLAGS#-O3}"
    lun_compiler_notes="$lun_compiler_notes, address and undefined-behaviour sanitizers"
  ])
  AM_CONDITIONAL([SANITIZED], [test "x$enable_asan" = xyes])
  LUN_INSTRUCTION_SETS
  AC_SUBST([LUN_CFLAGS])
  AC_SUBST([LUN_LDFLAGS])
  AC_SUBST([LUN_OPTIMISE])
  AC_SUBST([KERNEL_CFLAGS])
])

dnl LUN_INSTRUCTION_SETS: which copies of the loops in kernels_isa_sources can be compiled.
dnl The program chooses among them when it starts; nothing here depends on the processor of the building machine.
AC_DEFUN([LUN_INSTRUCTION_SETS], [
  AVX2_CFLAGS="-mavx2 -mfma -mf16c"
  AVX512_CFLAGS="-mavx512f -mavx512bw -mavx512vl -mavx512dq $AVX2_CFLAGS -mprefer-vector-width=512"
  lun_isas=baseline
  AS_CASE([$host_cpu], [x86_64|amd64], [
    LUN_TRY_CFLAGS([$AVX2_CFLAGS], [lun_isas="$lun_isas avx2"])
    LUN_TRY_CFLAGS([$AVX512_CFLAGS], [lun_isas="$lun_isas avx512"])
  ])
  AS_CASE([" $lun_isas "], [*" avx2 "*], [lun_avx2=yes
    AC_DEFINE([HAVE_ISA_AVX2], [1], [Define to 1 if the kernels are also built for AVX2.])], [lun_avx2=no])
  AS_CASE([" $lun_isas "], [*" avx512 "*], [lun_avx512=yes
    AC_DEFINE([HAVE_ISA_AVX512], [1], [Define to 1 if the kernels are also built for AVX-512.])], [lun_avx512=no])
  AM_CONDITIONAL([ISA_AVX2], [test $lun_avx2 = yes])
  AM_CONDITIONAL([ISA_AVX512], [test $lun_avx512 = yes])
  AC_SUBST([AVX2_CFLAGS])
  AC_SUBST([AVX512_CFLAGS])
])

dnl LUN_NEED(VARIABLE, PKG-CONFIG-NAME, WHAT, DEBIAN-PACKAGE)
AC_DEFUN([LUN_NEED], [
  PKG_CHECK_MODULES([$1], [$2], [$1_VERSION_FOUND=`$PKG_CONFIG --modversion $2`],
    [AC_MSG_ERROR([$3 not found; on Debian: apt install $4])])
])

dnl LUN_MAY_HAVE(VARIABLE, PKG-CONFIG-NAME, OPTION, WHAT, DEBIAN-PACKAGE): a library that is used when it is there; --without-OPTION refuses it,
dnl --with-OPTION insists. Sets HAVE_LIB<VARIABLE> in config.h, and VARIABLE_FOUND for the summary.
AC_DEFUN([LUN_MAY_HAVE], [
  AC_ARG_WITH([$3], [AS_HELP_STRING([--without-$3], [$4 are not read])], [lun_with=$withval], [lun_with=check])
  $1_FOUND="no (refused)"
  AS_IF([test "x$lun_with" != xno], [
    PKG_CHECK_MODULES([$1], [$2],
      [$1_FOUND="$2 `$PKG_CONFIG --modversion $2`"
       AC_DEFINE([HAVE_LIB$1], [1], [Define to 1 if $4 are read.])],
      [AS_IF([test "x$lun_with" = xcheck], [$1_FOUND="not found: $4 are not read (Debian: $5)"],
        [AC_MSG_ERROR([$2 not found; on Debian: apt install $5])])])
  ])
])

dnl LUN_OPENBLAS: is OpenBLAS, with LAPACK, on this machine? It is loaded when the program starts and not needed to compile.
AC_DEFUN([LUN_OPENBLAS], [
  AC_ARG_WITH([openblas], [AS_HELP_STRING([--without-openblas],
    [plain loops for matrix products and no linear algebra where OpenBLAS is missing])], [], [with_openblas=yes])
  lun_blas="plain loops; OpenBLAS where it is found when it runs"
  AS_IF([test "x$with_openblas" != xno], [
    PKG_CHECK_MODULES([OPENBLAS], [openblas], [lun_blas="OpenBLAS `$PKG_CONFIG --modversion openblas`"],
      [OPENBLAS_LIBS=-lopenblas
       lun_blas=OpenBLAS])
    lun_saved_libs=$LIBS
    LIBS="$OPENBLAS_LIBS $LIBS"
    AC_CHECK_FUNC([cblas_sgemm], [],
      [AC_MSG_ERROR([OpenBLAS not found; on Debian: apt install libopenblas-dev (or configure --without-openblas)])])
    AC_CHECK_FUNC([dgesdd_], [], [AC_MSG_ERROR([this OpenBLAS was built without LAPACK])])
    LIBS=$lun_saved_libs
    AC_DEFINE([HAVE_OPENBLAS], [1], [Define to 1 if a missing OpenBLAS is an error when the program starts.])
  ])
])

dnl LUN_READLINE: the line editor of the shell. Without it lines are read as the terminal gives them.
AC_DEFUN([LUN_READLINE], [
  AC_ARG_WITH([readline], [AS_HELP_STRING([--without-readline], [a shell without line editing, completion and recall])],
    [], [with_readline=yes])
  READLINE_VERSION_FOUND="no (refused)"
  AS_IF([test "x$with_readline" != xno], [LUN_NEED([READLINE], [readline], [readline], [libreadline-dev])])
  AM_CONDITIONAL([READLINE], [test "x$with_readline" != xno])
])

dnl LUN_CUDA: the CUDA compiler. Kernels made with it are a module, lunette_cuda.so, that is loaded at the first use of a device.
dnl Sets NVCC (with ccache where the C compiler has it), NVCC_FLAGS (language, warnings, machine codes); the libraries are only reported.
AC_DEFUN([LUN_CUDA], [
  AC_ARG_WITH([cuda], [AS_HELP_STRING([--with-cuda@<:@=DIR@:>@], [insist on the CUDA toolkit (in DIR)])],
    [], [with_cuda=check])
  AC_ARG_WITH([cuda-arch], [AS_HELP_STRING([--with-cuda-arch=LIST],
    [the compute capabilities to make machine code for, such as "80 90" or 9.0, or "one" for the last of the usual ones, which is quicker;
     newer ones get PTX of the last])], [], [with_cuda_arch=])
  AC_ARG_VAR([NVCC], [CUDA compiler command])
  AC_ARG_VAR([NVCCFLAGS], [CUDA compiler flags])
  : ${NVCCFLAGS="-O3"}
  lun_cuda="no (refused)"
  lun_cuda_libraries=none
  lun_cuda_path=/usr/local/cuda/bin:$PATH
  for lun_dir in `ls -d /usr/local/cuda-*/bin /opt/cuda/bin 2>/dev/null | sort -r -V`
  do
    lun_cuda_path=$lun_cuda_path:$lun_dir
  done
  lun_nvcc_place=
  AS_CASE([$with_cuda], [yes|no|check], [], [
    lun_cuda_path=$with_cuda/bin
    lun_nvcc_place=" in $with_cuda/bin"
  ])
  lun_have_cuda=no
  AS_IF([test "x$enable_asan" = xyes && test "x$with_cuda" = xcheck], [
    lun_cuda="no (the sanitizers watch the host device only)"
    with_cuda=no
  ])
  AS_IF([test "x$with_cuda" != xno], [
    AC_PATH_PROG([NVCC], [nvcc], [], [$lun_cuda_path])
    AS_IF([test -n "$NVCC"], [LUN_CUDA_COMPILES], [lun_cuda="no (nvcc not found$lun_nvcc_place)"])
    AS_IF([test $lun_have_cuda = no && test "x$with_cuda" != xcheck], [AC_MSG_ERROR([CUDA was asked for: $lun_cuda])])
  ])
  AM_CONDITIONAL([CUDA], [test $lun_have_cuda = yes])
  AC_SUBST([NVCC_FLAGS])
])

dnl LUN_CUDA_COMPILES: which machine codes NVCC makes; whether it makes anything.
AC_DEFUN([LUN_CUDA_COMPILES], [
  lun_nvcc_version=`$NVCC --version 2>/dev/null | sed -n 's/.*release \(@<:@0-9.@:>@*\).*/\1/p'`
  lun_nvcc_knows=`$NVCC --list-gpu-code 2>/dev/null | tr '\n' ' '`
  lun_cuda_codes=
  lun_cuda_one=
  AS_IF([test "x$with_cuda_arch" = xone], [lun_cuda_one=yes; with_cuda_arch=])
  for lun_arch in `echo "${with_cuda_arch:-80 90}" | tr ',;' '  ' | sed 's/sm_//g; s/\.//g'`
  do
    AS_CASE([" $lun_nvcc_knows "], [*" sm_$lun_arch "*], [
      lun_cuda_codes="$lun_cuda_codes $lun_arch"
      NVCC_FLAGS="$NVCC_FLAGS -gencode arch=compute_$lun_arch,code=sm_$lun_arch"
      lun_last_arch=$lun_arch
    ], [AS_IF([test -n "$with_cuda_arch"],
      [AC_MSG_ERROR([nvcc $lun_nvcc_version makes no code for sm_$lun_arch; it knows $lun_nvcc_knows])])])
  done
  AS_IF([test -n "$lun_cuda_one"], [
    lun_cuda_codes=" $lun_last_arch"
    NVCC_FLAGS=" -gencode arch=compute_$lun_last_arch,code=sm_$lun_last_arch"
  ])
  NVCC_FLAGS="$NVCC_FLAGS -gencode arch=compute_$lun_last_arch,code=compute_$lun_last_arch"
  NVCC_FLAGS="-std=c++17 --fmad=false -Xcompiler -fPIC,-Wall,-Wextra$NVCC_FLAGS"
  AS_IF([test "x$enable_werror" = xyes], [NVCC_FLAGS="$NVCC_FLAGS --Werror all-warnings"])
  AC_MSG_CHECKING([whether $NVCC compiles])
  echo '__global__ void f(int *x) { *x = 1; }' >conftest.cu
  AS_IF([$NVCC $NVCC_FLAGS -c -o conftest.o conftest.cu >&AS_MESSAGE_LOG_FD 2>&1], [
    AC_MSG_RESULT([yes])
    lun_have_cuda=yes
    lun_cuda="nvcc $lun_nvcc_version ($NVCC), code for sm`echo "$lun_cuda_codes" | sed 's/ / sm_/g; s/^ sm//'`, PTX for newer"
    LUN_CUDA_LIBRARIES
    AS_CASE([$CC], [*ccache*], [NVCC="ccache $NVCC"])
  ], [
    AC_MSG_RESULT([no])
    lun_cuda="no ($NVCC $lun_nvcc_version does not compile; see config.log)"
  ])
  rm -f conftest.cu conftest.o
])

dnl LUN_CUDA_LIBRARIES: what the module will find when it runs here. It loads them by name then, so none is needed to build.
AC_DEFUN([LUN_CUDA_LIBRARIES], [
  lun_cuda_root=`dirname "$NVCC"`/..
  lun_found=
  lun_missing=
  for lun_name in cublas cudnn cusolver nvrtc
  do
    lun_file=`ls "$lun_cuda_root"/lib64/lib$lun_name.so* /usr/lib/*/lib$lun_name.so* 2>/dev/null | head -n 1`
    AS_IF([test -n "$lun_file"], [lun_found="$lun_found $lun_name"], [lun_missing="$lun_missing $lun_name"])
  done
  lun_cuda_libraries="${lun_found:- none}"
  AS_IF([test -n "$lun_missing"], [lun_cuda_libraries="$lun_cuda_libraries (not here:$lun_missing)"])
  lun_cuda_libraries="`echo $lun_cuda_libraries`, looked for when it runs"
])

dnl LUN_HOST_DEVICE: the C++ compiler for lunette_cuda_host.so, the same kernels as a module that runs them on the CPU, for tests.
AC_DEFUN([LUN_HOST_DEVICE], [
  AC_ARG_ENABLE([host-device], [AS_HELP_STRING([--disable-host-device], [do not build the CUDA kernels for the CPU, which tests run])])
  AC_ARG_VAR([CXX], [C++ compiler command, for tests only])
  AC_ARG_VAR([CXXFLAGS], [C++ compiler flags])
  : ${CXXFLAGS="-g"}
  AS_IF([test -z "$CXX"], [CXX=`echo " $CC " | sed 's/clang\([[-0-9. ]]\)/clang++\1/; s/gcc\([[-0-9. ]]\)/g++\1/; s/ cc / c++ /'`])
  HOST_CXXFLAGS="-std=c++17 -DLUN_CUDA_HOST -O1 -fPIC -ffp-contract=off -fno-math-errno -Wall -Wextra -Wno-unknown-pragmas $lun_sanitize"
  AS_IF([test "x$enable_werror" = xyes], [HOST_CXXFLAGS="$HOST_CXXFLAGS -Werror"])
  lun_host_device="no (refused)"
  AS_IF([test "x$enable_host_device" != xno], [
    AC_MSG_CHECKING([whether $CXX compiles C++17])
    printf '%s\n' '@%:@include <functional>' 'template <class... T> int f(T... v) { return (v + ...); }' 'int main() { return f(0, 0); }' >conftest.cpp
    AS_IF([$CXX $HOST_CXXFLAGS -c -o conftest.o conftest.cpp >&AS_MESSAGE_LOG_FD 2>&1],
      [AC_MSG_RESULT([yes])
       lun_host_device=yes],
      [AC_MSG_RESULT([no])
       lun_host_device="no ($CXX does not compile C++17; on Debian: apt install g++)"])
    rm -f conftest.cpp conftest.o
  ])
  AM_CONDITIONAL([HOST_DEVICE], [test "$lun_host_device" = yes])
  AC_SUBST([HOST_CXXFLAGS])
])
