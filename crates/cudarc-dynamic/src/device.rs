//! A device and its streams, as cudarc has them, with streams that may change threads.

use std::ops::Deref;
use std::sync::Arc;

use dynamic::driver::{self, CudaSlice, DevicePtr, DevicePtrMut, DeviceRepr, DriverError, ValidAsZeroBits};

use crate::look::{count_from_device, count_to_device, is_looked_at};

/// A GPU; everything but [`CudaDevice::fork_default_stream`] and copies is cudarc's own. Copies are counted, and those of a
/// [`look`](crate::look::look) are not made.
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

    /// Zeros in place of values.
    ///
    /// # Errors
    /// As the driver says; so all of the following.
    pub fn memset_zeros<T: ValidAsZeroBits + DeviceRepr, Dst: DevicePtrMut<T>>(
        &self,
        dst: &mut Dst,
    ) -> Result<(), DriverError> {
        if is_looked_at(*dst.device_ptr_mut(), &self.0) {
            return Ok(());
        }
        self.0.memset_zeros(dst)
    }

    /// Values of the host to new memory of the device.
    ///
    /// # Errors
    /// As the driver says.
    pub fn htod_copy<T: Unpin + DeviceRepr>(&self, src: Vec<T>) -> Result<CudaSlice<T>, DriverError> {
        count_to_device(size_of_val(src.as_slice()));
        self.0.htod_copy(src)
    }

    /// Values of the host to memory of the device.
    ///
    /// # Errors
    /// As the driver says.
    pub fn htod_copy_into<T: DeviceRepr + Unpin>(
        &self,
        src: Vec<T>,
        dst: &mut CudaSlice<T>,
    ) -> Result<(), DriverError> {
        count_to_device(size_of_val(src.as_slice()));
        self.0.htod_copy_into(src, dst)
    }

    /// Values of the host to memory of the device.
    ///
    /// # Errors
    /// As the driver says.
    pub fn htod_sync_copy_into<T: DeviceRepr, Dst: DevicePtrMut<T>>(
        &self,
        src: &[T],
        dst: &mut Dst,
    ) -> Result<(), DriverError> {
        if is_looked_at(*dst.device_ptr_mut(), &self.0) {
            return Ok(());
        }
        count_to_device(size_of_val(src));
        self.0.htod_sync_copy_into(src, dst)
    }

    /// Values of the device to the host.
    ///
    /// # Errors
    /// As the driver says.
    pub fn dtoh_sync_copy<T: DeviceRepr, Src: DevicePtr<T>>(&self, src: &Src) -> Result<Vec<T>, DriverError> {
        count_from_device(src.num_bytes());
        self.0.dtoh_sync_copy(src)
    }

    /// Values of the device to memory of the host.
    ///
    /// # Errors
    /// As the driver says.
    pub fn dtoh_sync_copy_into<T: DeviceRepr, Src: DevicePtr<T>>(
        &self,
        src: &Src,
        dst: &mut [T],
    ) -> Result<(), DriverError> {
        if is_looked_at(*src.device_ptr(), &self.0) {
            return Ok(());
        }
        count_from_device(size_of_val(dst));
        self.0.dtoh_sync_copy_into(src, dst)
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
