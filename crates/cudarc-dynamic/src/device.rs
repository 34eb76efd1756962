//! A device and its streams, as cudarc has them, with streams that may change threads.

use std::ops::Deref;
use std::sync::Arc;

use dynamic::driver::{self, DriverError};

/// A GPU; everything but [`CudaDevice::fork_default_stream`] is cudarc's own.
#[derive(Debug)]
pub struct CudaDevice(Arc<driver::CudaDevice>);

impl CudaDevice {
    /// Opens the GPU of that number.
    ///
    /// # Errors
    /// As the driver says; panics where there is no driver.
    pub fn new(ordinal: usize) -> Result<Arc<Self>, DriverError> {
        driver::CudaDevice::new(ordinal).map(|device| Arc::new(Self(device)))
    }

    /// A second stream beside the default one.
    ///
    /// # Errors
    /// As the driver says.
    pub fn fork_default_stream(&self) -> Result<CudaStream, DriverError> {
        self.0.fork_default_stream().map(CudaStream)
    }
}

impl Deref for CudaDevice {
    type Target = Arc<driver::CudaDevice>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// A stream of a GPU.
#[derive(Debug)]
pub struct CudaStream(driver::CudaStream);

// SAFETY: a stream is a handle that the driver accepts from every thread of the process that has bound the stream's
// context. cudarc 0.13 binds it before each call on a stream that dfdx makes, dropping included, and hands the handle
// to the driver by value; the type is not `Send` and `Sync` only because the handle is a raw pointer.
unsafe impl Send for CudaStream {}
// SAFETY: as above; the driver locks what it changes.
unsafe impl Sync for CudaStream {}

impl Deref for CudaStream {
    type Target = driver::CudaStream;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
