//! cuBLAS, as cudarc has it, on the wrapped devices and streams.

use std::ops::Deref;
use std::sync::Arc;

use dynamic::cublas::{self, Gemm, GemmConfig, StridedBatchedConfig, result::CublasError};
use dynamic::driver::{DevicePtr, DevicePtrMut};

use crate::device::{CudaDevice, CudaStream};

/// A cuBLAS handle.
#[derive(Debug)]
pub struct CudaBlas(cublas::CudaBlas);

impl CudaBlas {
    /// A handle that works on the device's default stream.
    ///
    /// # Errors
    /// As cuBLAS says; panics where it cannot be loaded.
    pub fn new(device: Arc<CudaDevice>) -> Result<Self, CublasError> {
        cublas::CudaBlas::new(Arc::clone(&**device)).map(Self)
    }

    /// Works on the given stream, or again on the device's default stream.
    ///
    /// # Safety
    /// Work on two streams is not ordered: the caller must not let both write to the same memory.
    ///
    /// # Errors
    /// As cuBLAS says.
    pub unsafe fn set_stream(&self, stream: Option<&CudaStream>) -> Result<(), CublasError> {
        // SAFETY: handed on to the caller.
        unsafe { self.0.set_stream(stream.map(Deref::deref)) }
    }
}

impl<T> Gemm<T> for CudaBlas
where
    cublas::CudaBlas: Gemm<T>,
{
    unsafe fn gemm<A: DevicePtr<T>, B: DevicePtr<T>, C: DevicePtrMut<T>>(
        &self,
        cfg: GemmConfig<T>,
        a: &A,
        b: &B,
        c: &mut C,
    ) -> Result<(), CublasError> {
        // SAFETY: handed on to the caller.
        unsafe { self.0.gemm(cfg, a, b, c) }
    }

    unsafe fn gemm_strided_batched<A: DevicePtr<T>, B: DevicePtr<T>, C: DevicePtrMut<T>>(
        &self,
        cfg: StridedBatchedConfig<T>,
        a: &A,
        b: &B,
        c: &mut C,
    ) -> Result<(), CublasError> {
        // SAFETY: handed on to the caller.
        unsafe { self.0.gemm_strided_batched(cfg, a, b, c) }
    }
}
